import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { askingRunbook } from '../../infra/documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../infra/documents/remediation/remediate-kubelet.ts';
import { remediateDocumentName, remediationRunbookName } from '../../lambda/contract/remediation-names.ts';
import { restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { addRoles, answered, ended, endedAs, invoke, press as pressButton } from './pressed-button.ts';
import { accountId, type RemediableEstate, region, startRemediableEstate } from './remediable-estate.ts';

// An attacker who may change SSM documents in an account to fix: which of their content runs on a node, and when.

let estate: RemediableEstate;
let root: Parameters<typeof restartsOf>[0];
beforeAll(async () => {
  estate = await startRemediableEstate();
  addRoles(estate);
  const { roots } = await estate.addCluster('blue', { workers: 1 });
  const [first] = roots.values();
  if (!first) throw new Error('the cluster has no node');
  root = first;
});
afterAll(() => estate?.close());
afterEach(async () => {
  vi.unstubAllEnvs();
  // Until a runbook has ended no other begins: the next test would get this one's.
  const open = estate.lab.ssm.automations.all.filter((each) => each['AutomationExecutionStatus'] === 'Waiting');
  for (const { AutomationExecutionId: id } of open) await answered(estate, String(id), 'Reject');
});

type Name = typeof remediateDocumentName | typeof remediationRunbookName;
const contents: Readonly<Record<Name, () => object>> = {
  [remediateDocumentName]: remediateKubeletDocument,
  [remediationRunbookName]: () => askingRunbook({ partition: 'aws', region, accountId }),
};
const names = [remediateDocumentName, remediationRunbookName] as const;

/** One more version, as CloudFormation may make it: the default stays what it was. */
const update = (name: Name, content: object) =>
  estate.lab.ssm.putDocument(accountId, region, name, content, { becomesDefault: false });
/** Another document under the name, its first version. */
function replace(name: Name, content: object): void {
  estate.lab.ssm.removeDocument(accountId, region, name);
  estate.lab.ssm.putDocument(accountId, region, name, content);
}
const ours = (name: Name) => contents[name]();
const another = (name: Name) => ({ ...ours(name), description: 'says something else' });

beforeEach(() => {
  for (const name of names) replace(name, ours(name));
});

const press = () => pressButton(estate, 'blue');
const startsSince = (before: number) =>
  estate.lab.calls.slice(before).filter(({ operation }) => operation === 'StartAutomationExecution');

describe.skipIf(!canEnterRoots())('a document of remediation that is not ours', () => {
  it.each(names)('is never run, and is named: %s', async (name) => {
    replace(name, another(name));
    const before = estate.lab.calls.length;
    const { answer, lines } = await press();

    expect(answer).toEqual({ asked: 0, nothingToDo: 0, failed: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'this finding could not be remediated: nothing was done',
        because: expect.stringContaining(
          `the SSM document ${name} in account ${accountId}, ${region} is not the one that this program brings`,
        ),
      }),
    );
    expect(startsSince(before)).toEqual([]);
  });

  it.each(names)('is distinguished from one that is not there: %s', async (name) => {
    estate.lab.ssm.removeDocument(accountId, region, name);
    const { lines } = await press();
    expect(lines).toContainEqual(
      expect.objectContaining({ because: expect.stringContaining(`the SSM document ${name} is not there in`) }),
    );
  });

  it('may be the default one: ours beside it is run', async () => {
    for (const name of names) estate.lab.ssm.putDocument(accountId, region, name, another(name));
    const before = estate.lab.calls.length;
    const { answer } = await press();
    expect(answer).toEqual({ asked: 1, nothingToDo: 0, failed: 0 });
    expect(startsSince(before).map(({ input }) => input)).toEqual([
      expect.objectContaining({
        DocumentVersion: '1',
        Parameters: expect.objectContaining({ DocumentVersion: ['1'], RunbookVersion: ['1'] }),
      }),
    ]);
  });

  it.each([
    [remediateDocumentName, 'remedyDocumentIsUnchanged'],
    [remediationRunbookName, 'runbookIsUnchanged'],
  ] as const)('stops what was asked for before it was put there: %s', async (name, step) => {
    const { execution } = await press();
    replace(name, another(name));

    const end = await answered(estate, execution, 'Approve');
    expect(end).toEqual(endedAs('Failed'));
    expect(end['StepExecutions']).toContainEqual(expect.objectContaining({ StepName: step, StepStatus: 'Failed' }));
    expect(restartsOf(root)).toBe(0);

    const { lines } = await invoke(estate, ended(execution, { Status: 'Failed' }));
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'the runbook stopped before it touched a further node',
        because: expect.stringContaining('it is not as it was when the remedy was asked for'),
      }),
    );
  });
});

describe.skipIf(!canEnterRoots())('an upgrade of remediation', () => {
  it('waits for the member where the hub comes first, and goes on as soon as it is there, the default version or not', async () => {
    for (const name of names) replace(name, another(name));
    expect((await press()).answer).toMatchObject({ asked: 0, failed: 1 });

    for (const name of names) update(name, ours(name));
    expect((await press()).answer).toMatchObject({ asked: 1 });
  });

  it('goes on with what it knows where the member comes first, also when that comes between start and approval', async () => {
    const { execution } = await press();
    for (const name of names) update(name, another(name));
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Success'));
    expect(restartsOf(root)).toBe(1);
  });
});
