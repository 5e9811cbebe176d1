// @ts-check
// Which versions of what a machine already has are good enough.

/** @param {string} text anything that contains a version @returns {readonly [number, number] | null} major and minor */
export function majorMinor(text) {
  const match = /(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2] ?? 0)];
}

/** @param {string} text @param {readonly [number, number]} least */
export function atLeast(text, least) {
  const seen = majorMinor(text);
  return seen !== null && (seen[0] > least[0] || (seen[0] === least[0] && seen[1] >= least[1]));
}

/** The range of the root package.json's `engines`: ^22.22 || >=24.6. @param {string} version of Node */
export function nodeIsInRange(version) {
  return (atLeast(version, [22, 22]) && !atLeast(version, [23, 0])) || atLeast(version, [24, 6]);
}

/** `java -version` says `version "17.0.15"`, before Java 9 `version "1.8.0_402"`. @param {string} text @returns {number} 0 when unknown */
export function javaMajor(text) {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return 0;
  return match[1] === '1' ? Number(match[2]) : Number(match[1]);
}
