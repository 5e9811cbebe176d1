import { waysBack } from '../e2e/ways-back.ts';

waysBack('rollback', 'a rollback');
