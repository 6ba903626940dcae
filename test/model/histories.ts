/** So many when vitest is called by hand; `npm run model` sets how many it wants instead. */
export const howMany = (inEveryTest: number): number => Number(process.env['MODEL_HISTORIES'] ?? inEveryTest);
