import { describe, expect, it } from 'vitest';
import {
  askingRunbook,
  dryRunKubeletsRunbook,
  remediateKubeletsRunbook,
} from '../../../../infra/documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { remediateDocumentName } from '../../../../lambda/contract/remediation-names.ts';
import { parseRunbook } from '../../../lab/aws/ssm/automation-document.ts';

const runbook = remediateKubeletsRunbook();
const loop = runbook.mainSteps.find((each) => 'Steps' in each.inputs);
const inLoop = loop && 'Steps' in loop.inputs ? (loop.inputs.Steps ?? []) : [];
const patternOf = (name: keyof typeof runbook.parameters) => {
  const parameter = runbook.parameters[name];
  return new RegExp('allowedPattern' in parameter ? parameter.allowedPattern : '(?!)');
};

const dryRun = dryRunKubeletsRunbook('arn:aws:iam::111122223333:role/EksKubeletAuditRunbook');

describe('the runbook', () => {
  it.each([
    ['of a remedy', runbook],
    ['of a dry run', dryRun],
  ])(
    '%s is a document of schema 0.3, in which every parameter is used and every reference leads somewhere',
    (_, each) => {
      const { parameters, mainSteps, assumeRole } = parseRunbook(each);
      const steps = mainSteps.flatMap((one): readonly { readonly name: string }[] =>
        one.action === 'aws:loop' ? [one, ...one.inputs.Steps] : [one],
      );
      const known = new Set([
        'automation:EXECUTION_ID',
        ...Object.keys(parameters),
        ...steps.flatMap(({ name }) => [`${name}.Output`, `${name}.CommandId`, `${name}.CurrentIteratorValue`]),
      ]);
      const text = JSON.stringify({ mainSteps, assumeRole });
      const named = [...text.matchAll(/\{\{ ?([\w.:]+) ?\}\}/g)].map(([, word = '']) => word);
      expect(named.filter((word) => !known.has(word))).toEqual([]);
      expect(Object.keys(parameters).filter((name) => !named.includes(name))).toEqual([]);
    },
  );

  it('hands each command every parameter that its document has, under the same rules, and decides itself what is done', () => {
    const { parameters } = remediateKubeletDocument();
    const own = { Run: '{{ automation:EXECUTION_ID }}', Touched: 'refuse' };
    const commands = inLoop.filter((each) => each.action === 'aws:runCommand');
    expect(commands.map((each) => Object(each.inputs).Parameters.Mode)).toEqual(['apply', 'keep']);

    for (const { inputs } of commands)
      expect(inputs).toMatchObject({
        DocumentName: remediateDocumentName,
        DocumentVersion: '{{ DocumentVersion }}',
        DocumentHash: '{{ DocumentHash }}',
        DocumentHashType: 'Sha256',
        InstanceIds: ['{{ nodeByNode.CurrentIteratorValue }}'],
        Parameters: {
          ...Object.fromEntries(Object.keys(parameters).map((name) => [name, `{{ ${name} }}`])),
          ...own,
          Mode: expect.stringMatching(/^(apply|keep)$/),
        },
      });
    for (const [name, { interpolationType, ...rules }] of Object.entries(parameters)) {
      expect(interpolationType).toBe('ENV_VAR');
      if (!['Mode', ...Object.keys(own)].includes(name)) expect(runbook.parameters).toHaveProperty(name, rules);
    }
  });

  it('is less than 90 % of what SSM stores, as it is deployed', () => {
    const deployed = askingRunbook({ partition: 'aws-us-gov', region: 'us-gov-east-1', accountId: '111122223333' });
    for (const each of [deployed, dryRun]) expect(JSON.stringify(each).length).toBeLessThan(0.9 * 65_536);
  });

  it.each<[Parameters<typeof patternOf>[0], readonly string[], readonly string[]]>([
    [
      'InstanceIds',
      ['i-0123456789abcdef0', 'i-01234567', 'mi-0123456789abcdef0'],
      ['i-0', 'i-0123456789abcdef0,i-1', '*', 'i-0123456789abcdeg0'],
    ],
    ['Cluster', ['payments', '0-a_B'], ['', '-a', 'a b', 'a$(reboot)', 'a'.repeat(101)]],
    [
      'AutomationAssumeRole',
      ['arn:aws-us-gov:iam::111122223333:role/a/B'],
      ['', 'B', 'arn:aws:iam::1:role/B', 'arn:aws:iam::111122223333:user/B'],
    ],
    ['Approvers', ['arn:aws:iam::111122223333:role/Ops', 'arn:aws:sts::111122223333:assumed-role/Ops/me'], ['Ops', '']],
    [
      'NotificationArn',
      ['', 'arn:aws:sns:eu-central-1:111122223333:AutomationApproval'],
      ['x', 'arn:aws:sqs:eu-central-1:111122223333:x'],
    ],
  ])('takes for %s what AWS calls so', (name, right, wrong) => {
    for (const each of right) expect(patternOf(name).test(each)).toBe(true);
    for (const each of wrong) expect(patternOf(name).test(each)).toBe(false);
  });
});

describe('the runbook of a dry run', () => {
  it('has no step, role or value of its own that can change a node, whatever it is started with', () => {
    expect(dryRun.assumeRole).not.toContain('{{');
    for (const name of ['Mode', 'Run', 'Touched', 'AutomationAssumeRole'])
      expect(dryRun.parameters).not.toHaveProperty(name);
    expect(dryRun.mainSteps).toMatchObject([
      {
        action: 'aws:runCommand',
        inputs: {
          DocumentName: remediateDocumentName,
          DocumentVersion: '{{ DocumentVersion }}',
          DocumentHash: '{{ DocumentHash }}',
          Parameters: { Mode: 'dry-run' },
          MaxErrors: '100%',
        },
      },
    ]);
  });
});
