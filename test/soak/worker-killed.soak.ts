import { PHASES } from '../../contract/phases.ts';
import { workerKilled } from '../e2e/worker-killed.ts';

workerKilled(PHASES);
