#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=8 --max-old-space-size=320
// V8 would else let short-lived answers fill a hundred megabytes before it cleans up.
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2), process);
