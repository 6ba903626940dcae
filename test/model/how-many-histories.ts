/** So many in `npm test`, where every second counts; `npm run model` says how many it wants instead. */
export const howMany = (inEveryTest: number): number => Number(process.env['MODEL_HISTORIES'] ?? inEveryTest);
