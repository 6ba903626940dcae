// Files on this machine need no settings and no client: wiring passes these adapters on, so that the command line touches nothing itself.

export { publicKeyOf } from '../adapters/key-file.ts';
export {
  keepEvidence,
  keptFolder,
  makeFolder,
  refusePlantedLinks,
  sealFolder,
  writePlanFiles,
} from '../adapters/output-folder.ts';
export { readInput, readInputBytes, resultText } from '../adapters/read-input.ts';
export { addToRecord, beginRecord, isAlive, listRecords, readRecord, runRecordPath } from '../adapters/run-records.ts';
export { savedFiles } from '../adapters/saved-files.ts';
