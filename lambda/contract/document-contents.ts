/**
 * What our SSM documents may say: SHA-256 of the parsed content (`contentHash`). This program's own first, then that of the release before, while that is understood.
 * A test holds the first of each to infra/documents, and says what to write here.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['eb7fc8373062af344699a820cbf94ae81f98d38ebfe0041276ad80f8530e2f83'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['9312d7a4d8f5b7e28b4b814e25501158d7396fa9b98a5e4ce09b2d06ea3883d4'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['2e85aad83ed7a4dda2d6588985c60386b6eed169d6d2e3c19caf2693c87bd460'];
