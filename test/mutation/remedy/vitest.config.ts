import { defineConfig } from 'vitest/config';

// The tests of the node's script, which read a changed one from another folder. `npm run mutation:remedy` reads this file, `npm test` does not.
export default defineConfig({
  plugins: [
    {
      name: 'changed-script',
      transform(code, id) {
        if (!id.endsWith('/remediate-kubelet.ts')) return;
        // The folder is looked up when the test runs: vitest keeps what it transformed.
        const changed = code.replace(
          /new URL\(`script\/\$\{name\}`, import\.meta\.url\)/,
          'new URL("file://" + process.env.MUTATION_REMEDY_SCRIPT + "/" + name)',
        );
        if (changed === code) throw new Error('remediate-kubelet.ts reads its script in another way than before');
        return changed;
      },
    },
  ],
  test: {
    setupFiles: ['test/scrub-environment.ts'],
    // On a busy machine a slow test says nothing of a change.
    testTimeout: 1_800_000,
    // What shellcheck says of a change is no test of what it does.
    testNamePattern: /^(?!.*shellcheck)/,
  },
});
