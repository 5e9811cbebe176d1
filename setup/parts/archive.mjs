// @ts-check
// Class-data archives: a broker that starts with one is there in half the time. The archive holds the classes that a broker, its tools and
// ZooKeeper load at start, by class lists of a few short runs on loopback. The JVM ignores an archive that does not fit its class path or
// itself, so one is a matter of speed only, and a failure here is a note.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaIdentity } from '../machine.mjs';
import { readStamp } from '../parts.mjs';
import { kafkaArchive, kafkaLibs, tools } from '../paths.mjs';
import { freshLog, must } from '../run.mjs';
import { trainKafka3, trainKafka4 } from '../training.mjs';
import { Interrupted, inWords } from '../trouble.mjs';

/** @param {string} version @returns {import('../parts.mjs').Part} */
export const archivePart = version => ({
  name: `archive-${version}`,
  what: `class-data archive of Kafka ${version}`,
  after: [`kafka-${version}`],
  wanted: () => ({ libs: kafkaLibs(version), jars: readStamp(`kafka-${version}`) ?? null, java: javaIdentity() }),
  present: () => existsSync(kafkaArchive(version)),
  make: async () => {
    const workplace = join(tools, `training-${version}`);
    rmSync(workplace, { recursive: true, force: true });
    mkdirSync(workplace, { recursive: true });
    try {
      await makeArchive(version, workplace);
      return 'done';
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      return `not made, brokers start slower: ${inWords(error)}`;
    } finally {
      rmSync(workplace, { recursive: true, force: true });
    }
  },
});

/** @param {string} version @param {string} workplace */
async function makeArchive(version, workplace) {
  const log = freshLog(join(tools, 'logs', `archive-${version}.log`));
  const train = version.startsWith('4.') ? trainKafka4 : trainKafka3;
  const lists = await train({ classpath: `${kafkaLibs(version)}/*`, workplace, log });
  const lines = lists
    .flatMap(list => readFileSync(list, 'utf8').split('\n'))
    .filter(line => line !== '' && !line.startsWith('#'));
  const merged = join(workplace, 'classes.lst');
  writeFileSync(merged, `${[...new Set(lines)].join('\n')}\n`);
  const draft = join(workplace, 'archive.jsa');
  await must(log, 'java', [
    '-Xshare:dump',
    `-XX:SharedClassListFile=${merged}`,
    `-XX:SharedArchiveFile=${draft}`,
    '-Xlog:cds=error',
    '-Xlog:cds+heap=error',
    '-cp',
    `${kafkaLibs(version)}/*`,
  ]);
  renameSync(draft, kafkaArchive(version));
}
