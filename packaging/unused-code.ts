import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Two packages keep esbuild from leaving out what is not used of them, which costs each start its time and each process its memory.
 * - The SDK has the schemas of all operations of a service in one module. Its keys are written `[_xN]`, with a constant, and esbuild can't know that such a key
 *   has no effect. They are replaced by their names.
 * - client-node does not declare that its modules have no side effects: all models of Kubernetes would come with its `KubeConfig`.
 */
export const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /@aws-sdk\/client-[a-z0-9-]+\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return {
        contents: text.replace(/\[(\w+)\]: /g, (key, name) => (names.has(name) ? `${names.get(name)}: ` : key)),
      };
    });
    // Its relative imports name files. `resolve` of esbuild takes 4 ms of CPU for each of its 4,500.
    onResolve({ filter: /^\..*\.js$/ }, ({ path, importer, resolveDir }) =>
      importer.includes('/@kubernetes/client-node/dist/')
        ? { path: join(resolveDir, path), sideEffects: path.endsWith('/polyfill.js') }
        : undefined,
    );
  },
};
