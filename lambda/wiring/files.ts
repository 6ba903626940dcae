// Files on this machine need no settings and no client: wiring passes these adapters on, so that the command line touches nothing itself.
export { keptFolder } from '../adapters/kept-folder.ts';
export { publicKeyOf } from '../adapters/key-file.ts';
export { keepEvidence, makeFolder, sealFolder, writePlanFiles } from '../adapters/output-folder.ts';
export { refusePlantedLinks } from '../adapters/planted-links.ts';
export { readInput, readInputBytes } from '../adapters/read-input.ts';
export { resultText } from '../adapters/result-source.ts';
export { addToRecord, beginRecord, isAlive, listRecords, readRecord, runRecordPath } from '../adapters/run-records.ts';
export { savedFiles } from '../adapters/saved-files.ts';
