/** Why nothing was tried: a mutant, its types or its tests are not as they must be. */
export class Unready extends Error {}
