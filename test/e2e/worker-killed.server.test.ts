import { workerKilled } from './worker-killed.ts';

workerKilled(['flip', 'release']);
