/**
 * What the document that reads a node may say: SHA-256 of its parsed content, keys sorted, without spaces. This program's own first, then that of the release
 * before, while its answers are still parsed. A test holds the first to infra/documents/probe, and says what to write here.
 */
export const probeContents: readonly string[] = ['eb7fc8373062af344699a820cbf94ae81f98d38ebfe0041276ad80f8530e2f83'];
