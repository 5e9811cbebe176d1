// @ts-check
// Where everything lives: all that set-up brings goes below the project's folder, and nothing outside is changed.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What set-up brought. */
export const tools = join(root, '.tools');

/** First in every child's PATH: node, npm, npx, temporal, temporal-test-server. */
export const toolsBin = join(tools, 'bin');

/** The private Python environment. */
export const python = join(tools, 'python');

/** Kafka's versions, as the folders below `.tools/kafka` are named. */
export const kafkaVersions = /** @type {const} */ (['3.9.2', '4.3.1']);

/** @param {string} version @returns the folder with that version's jars */
export const kafkaLibs = version => join(tools, 'kafka', version, 'libs');

/** @param {string} version @returns that version's class-data archive */
export const kafkaArchive = version => join(tools, 'kafka', `${version}.jsa`);

/** @param {string[]} parts below this folder */
export const inSetup = (...parts) => join(root, 'setup', ...parts);
