import { Option } from 'commander';
import { type Severity, severities } from '../core/control.ts';
import type { VerdictStatus } from '../core/model.ts';
import { failingFrom } from '../core/outcome.ts';
import { listOf } from './options.ts';

/** What a pipeline may ask of a result: `--only`, `--severity`, `--fail-on`, as `audit` and `report` take them. */
export const gateOptions = () => ({
  only: new Option(
    '--only <verdicts>',
    'show these rows of the table only, such as fail,warn; counts stay whole',
  ).argParser(listOf(verdictStatuses)),
  severity: new Option('--severity <list>', 'controls of these severities only, such as CRITICAL,HIGH').argParser(
    severitiesOf,
  ),
  failOn: new Option('--fail-on <verdict>', 'end with 1 from this verdict on; never: 0 whatever is found')
    .choices(failingFrom)
    .default('fail'),
});

export const verdictStatuses = [
  'fail',
  'warn',
  'unknown',
  'pass',
  'not-applicable',
] as const satisfies readonly VerdictStatus[];

function severitiesOf(text: string): readonly Severity[] {
  return listOf(severities)(text.toUpperCase());
}
