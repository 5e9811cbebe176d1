import { DefaultLogger } from '@temporalio/worker';

/** For activities that a test runs by themselves: their failures are what it looks at, and need not be printed as well. */
export const QUIET = new DefaultLogger('ERROR');
