import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Node's own modules by `require`, which the bundle's banner has as `__nodeRequire`.
 * - An import of a name that an older Node's own module lacks would fail before the check of its version.
 * - An import also reads every name that a module has. Those of `http` load Node's own undici, a quarter of the time of a start.
 */
export const nodeModulesByRequire: Plugin = {
  name: 'node-modules-by-require',
  setup({ onResolve, onLoad }) {
    const own = new RegExp(`^(?:node:.*|${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`);
    onResolve({ filter: own }, ({ path, kind }) =>
      kind === 'require-call' && !path.startsWith('node:') ? undefined : { path, namespace: 'node' },
    );
    onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = __nodeRequire(${JSON.stringify(path)})`,
    }));
  },
};
