import { defineConfig } from 'vitest/config';
import { noticing, sabotages } from './sabotages.ts';

/** Not of the suites: sabotages.test.ts runs it with the number of a sabotage, or with none. */
const sabotage = sabotages[Number(process.env['SABOTAGE'] ?? NaN)];

export default defineConfig({
  plugins: [
    {
      name: 'sabotage',
      enforce: 'pre',
      transform: (code, id) =>
        sabotage && id.endsWith(`/${sabotage.file}`) ? code.replace(sabotage.from, () => sabotage.to) : undefined,
    },
  ],
  test: {
    include: [...new Set(Object.values(noticing).map(([file]) => file))],
    setupFiles: ['test/scrub-environment.ts', 'test/mutation/sweeps/same-histories.ts'],
    testTimeout: 1_800_000,
    // What a sabotage changed is kept for nobody else.
    fsModuleCache: false,
  },
});
