import { Option } from 'commander';
import { environment } from '../contract/environment.ts';
import { benchmarks, defaultBenchmark } from '../core/judge/control.ts';
import type { Terminal } from './terminal.ts';

/** `--benchmark`, whose default the environment may set; `benchmarkNamed` of wiring reads it. */
export const benchmarkOption = ({ env }: Pick<Terminal, 'env'>, what: string): Option =>
  new Option('--benchmark <benchmark>', `${what}: ${benchmarks.join(', ')}`).default(
    env[environment.benchmark] || defaultBenchmark,
  );
