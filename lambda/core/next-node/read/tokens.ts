/**
 * In a text, the place of a value that isn't known: a character for private use, which no script and no configuration has. Each has one meaning, and is
 * spelled here alone.
 */
export const tokens = {
  /** A value that only the deployment knows; it may be any text. */
  deployment: '\ue123',
  /** The same, of one word. */
  deploymentWord: '\ue127',
  /** Any text. */
  text: '\ue124',
  /** Any number of words. */
  words: '\ue126',
  /** A word that a program of the AMI prints: letters, digits, points and dashes, and more than points. */
  printed: '\ue125',
  /** The identifier of a disk that isn't the node's own. */
  disk: '\ue128',
} as const;

/** `text` and `words`. */
const unknown = /[\ue124\ue126]/;
/** `printed` and `disk`. */
const wordLike = /[\ue125\ue128]/g;
/** `deployment` and `deploymentWord`. */
export const ofDeployment = /[\ue123\ue127]/g;

export const isKnown = (text: string): boolean => !unknown.test(text);

/** A value that only the deployment knows, in a script: the shell itself would split it. */
export const deploymentVariable = '${NOT_YET_KNOWN}';

export const isOfDeployment = (text: string): boolean =>
  text.search(ofDeployment) >= 0 || text.includes(deploymentVariable);

/** The text with a letter for each printed word, for an expression to look at; `undefined` where some of it isn't known. */
export const plain = (text: string): string | undefined => (isKnown(text) ? text.replaceAll(wordLike, 'x') : undefined);

/** Whether a text that isn't known begins it. */
export const beginsUnknown = (text: string): boolean => !isKnown(text.slice(0, 1));
