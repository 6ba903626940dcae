import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { eventTypes } from '../../lambda/contract/events.ts';
import type { AuditedWorld, Run } from './audited-world.ts';
import type { Oracle } from './oracle.ts';
import type { RunFaults } from './run-faults.ts';
import type { TrueWorld } from './true-world.ts';

/** The truth and what must come of it. */
export interface Model {
  readonly world: TrueWorld;
  readonly oracle: Oracle;
  /** The run that was done last, and the one before. */
  last?: Done;
  former?: Done;
  runs: number;
  /** What somebody who listens to the bus believes, by finding. */
  readonly heard: Map<string, string>;
  eventsHeard: number;
}

interface Done {
  readonly run: Run;
  readonly times: number;
}

interface DoneRun {
  readonly run: Run;
  readonly faults: RunFaults;
}

/** Runs, and holds the outcome against the oracle. */
export async function doRun(model: Model, real: AuditedWorld, { run: done, faults: wrong }: DoneRun): Promise<void> {
  const before = real.imports;
  model.oracle.run(done, wrong, real.finalItems(done));
  await real.run(done, wrong);
  expectTruth(model, real, { before, isDeaf: wrong.bus });
}

/** Somebody audits and publishes from a terminal: who listens hears nothing of it before the next run. */
export async function doTerminal(model: Model, real: AuditedWorld, { run: done, faults: wrong }: DoneRun) {
  const before = real.imports;
  model.oracle.terminal(done, wrong);
  await real.terminal(done, wrong);
  expectTruth(model, real, { before, isDeaf: true });
}

function expectTruth(
  model: Model,
  real: AuditedWorld,
  { before, isDeaf }: { readonly before: AuditedWorld['imports']; readonly isDeaf: boolean },
): void {
  const { oracle } = model;
  const { created, updated, ignored, failed } = real.imports;
  expectSame('imports', {
    actual: {
      taken: created + updated - before.created - before.updated,
      refused: failed - before.failed,
      ignored: ignored - before.ignored,
    },
    expected: { ...oracle.imports, ignored: 0 },
  });
  expectSame('findings', { actual: heldBy(real), expected: expectedOf(oracle) });

  // What is announced of a suppressed failure is no transition: test/model/adversaries/holes.test.ts holds it.
  const events = real.events
    .filter(({ type }) => type !== eventTypes.suppressed)
    .map(({ type, detail }) => keyOf(type, detail));
  expectSame('events', { actual: [...new Set(events)].toSorted(), expected: [...oracle.announced].toSorted() });
  listen(model, { keys: events, isDeaf });
}

const keyOf = (type: string, detail: object): string => {
  const { runId, findingId } = { runId: '', findingId: '', ...detail };
  return `${runId} ${type.replace('Finding ', '').toLowerCase()} ${findingId}`;
};

/** Who drops what came before, by run and finding, never hears the same of a finding twice in a row. */
function listen(model: Model, { keys, isDeaf }: { readonly keys: readonly string[]; readonly isDeaf: boolean }) {
  for (const [index, key] of keys.entries()) {
    if (index < model.eventsHeard) continue;
    const [, kind = '', id = ''] = key.split(' ');
    if (keys.indexOf(key) < index) {
      // An older run that is done again after a younger one may say what it said before, and mean it anew: who drops it no longer knows.
      if (model.heard.get(id) !== kind) model.heard.delete(id);
      continue;
    }
    // It may be changed again after each run.
    if (kind === 'overwritten') continue;
    if (model.heard.get(id) === kind) throw new Error(`announced twice: ${key}`);
    model.heard.set(id, kind);
  }
  model.eventsHeard = keys.length;
  if (isDeaf) model.heard.clear();
}

/** Compared first, since a readable difference takes a hundred times as long as a comparison. */
function expectSame(
  what: string,
  { actual, expected }: { readonly actual: unknown; readonly expected: unknown },
): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toEqual(expected);
}

/** A line for each finding, by its Id. */
const linesOf = (rows: readonly (readonly unknown[])[]): readonly string[] =>
  rows.map((row) => row.map((each) => each ?? '-').join(' ')).toSorted();

const heldBy = (real: AuditedWorld): readonly string[] =>
  linesOf(
    real.findings.map(
      ({ Id, Compliance, RecordState, CreatedAt, UpdatedAt, Workflow, Note, UserDefinedFields, Severity }) => {
        const { Label } = Object(Severity);
        const ofAnalysts = [Object(Workflow).Status, Object(Note).Text, Object(UserDefinedFields).ticket];
        // The program never sends this one.
        const raised = Label === 'CRITICAL' ? Label : undefined;
        return [Id, Object(Compliance).Status, RecordState, CreatedAt, UpdatedAt, ...ofAnalysts, raised];
      },
    ),
  );

const expectedOf = ({ findings }: Oracle): readonly string[] =>
  linesOf(
    [...findings].map(
      ([
        id,
        {
          status,
          state,
          createdAt,
          updatedAt,
          analysts: { workflow, note, severity },
        },
      ]) => {
        const times = [createdAt, updatedAt].map((each) => new Date(each).toISOString());
        return [id, status, state, ...times, workflow, note, note, severity];
      },
    ),
  );
