import { waysBack } from '../e2e/ways-back.ts';

waysBack('cancel', 'a cancellation of the workflow');
