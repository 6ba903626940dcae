import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// `node --import` of this file writes the URL of every module that the program loads, a line each, to the file that TEST_MODULES names.
const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env['TEST_MODULES'] ?? '', loaded.join('\n')));
