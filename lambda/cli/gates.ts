import { Option } from 'commander';
import { type Control, type Severity, severities } from '../core/judge/control.ts';
import type { VerdictStatus } from '../core/model/model.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { verdictStatuses } from '../core/model/statuses.ts';
import { type FailingFrom, failingFrom } from '../core/run/outcome.ts';
import { listOf } from './options.ts';

export interface Gates {
  readonly only?: readonly VerdictStatus[];
  readonly severity?: readonly Severity[];
  readonly failOn: FailingFrom;
}

/** What a pipeline may ask of a result: `--only`, `--severity`, `--fail-on`, as `audit`, `evaluate` and `report` take them. */
export const gateOptions = () => ({
  only: new Option(
    '--only <verdicts>',
    'show these rows of the table only, such as fail,warn; counts stay whole',
  ).argParser(listOf(verdictStatuses)),
  severity: new Option('--severity <list>', 'controls of these severities only, such as CRITICAL,HIGH').argParser(
    severitiesOf,
  ),
  failOn: new Option(
    '--fail-on <verdict>',
    'end with 1 from this verdict on; access: only for nodes whose access fails; never: 0 whatever is found',
  )
    .choices(failingFrom)
    .default('fail'),
});

/**
 * The controls of the severities that are wanted.
 * @throws UsageError when none is left
 */
export function ofSeverity<T extends Pick<Control, 'severity'>>(
  controls: readonly T[],
  wanted: Gates['severity'],
): readonly T[] {
  if (!wanted) return controls;

  const left = controls.filter(({ severity }) => wanted.includes(severity));
  if (left.length === 0)
    throw new UsageError(`no control is of severity ${wanted.join(' or ')}; leave --severity or --controls out`);
  return left;
}

function severitiesOf(text: string): readonly Severity[] {
  return listOf(severities)(text.toUpperCase());
}
