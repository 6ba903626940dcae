// Saved files need no settings and no client: wiring passes the adapter on, so that the command line touches nothing itself.
export { readInput, savedFiles } from '../adapters/saved-files.ts';
