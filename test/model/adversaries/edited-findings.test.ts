import { describe, expect, it } from 'vitest';
import type { Fields } from '../../lab/aws/security-hub/security-hub-record.ts';
import { AuditedEstate } from './audited-estate.ts';
import { Estate } from './estate.ts';
import { begin } from './moves.ts';

/** What the next run answers to each change of a finding, over the real adapter and the lab's Security Hub. */
const region = 'eu-west-1';
const path =
  'eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:111122223333:cluster/blue/node-group/managed/workers';

async function world() {
  const estate = new Estate();
  begin(estate);
  const real = new AuditedEstate(estate);
  const night = async (minutes = 1_440) => {
    estate.pass(minutes);
    const before = real.events.length;
    await real.run();
    const events = real.events.slice(before).filter(({ type }) => type.startsWith('Finding '));
    return events.map(({ type, detail }) => ({ type, ...Object(detail) }));
  };
  const finding = (id = path): Fields => real.findings(region).find(({ Id }) => Id === id) ?? {};
  const hour = (hours: number) => new Date(estate.now + hours * 3_600_000).toISOString();
  const forge = async (change: object) => {
    estate.pass(60);
    await real.forge(region, { ...finding(), UpdatedAt: hour(0), ...change });
  };
  await night();
  await night();
  return { estate, real, night, finding, hour, forge };
}

/** Without the times of each update, and what is the customer's. */
const provided = ({ UpdatedAt: _, LastObservedAt: __, ProcessedAt: ___, Workflow: ____, ...finding }: Fields) =>
  finding;
const future = '2031-01-01T00:00:00.000Z';
const link = { Recommendation: { Text: 'all is well', Url: 'https://example.com/' } };
const severity = (Label: string) => ({ FindingProviderFields: { Severity: { Label }, Types: ['Effects/None'] } });

describe('an import by somebody else', () => {
  it.each<[fields: string, change: object]>([
    ['Title', { Title: 'All kubelets pass' }],
    ['Description', { Description: 'nothing to see' }],
    ['Remediation', { Remediation: link }],
    ['Remediation', { Remediation: undefined }],
    ['FindingProviderFields', severity('INFORMATIONAL')],
    [
      'FindingProviderFields',
      { FindingProviderFields: { Severity: { Label: 'HIGH', Original: 'fail' }, Types: ['Effects'], Confidence: 0 } },
    ],
    ['Compliance', { Compliance: { Status: 'PASSED' } }],
    ['Compliance', { Compliance: undefined }],
    ['RecordState', { RecordState: 'ARCHIVED' }],
    ['GeneratorId', { GeneratorId: 'eks-kubelet-audit/kubelet-anonymous-auth' }],
    ['ProductName', { ProductName: 'somebody' }],
    ['ProductName', { ProductName: undefined }],
    ['CompanyName', { CompanyName: 'somebody' }],
    ['ProductFields', { ProductFields: { 'x/y': 'z' } }],
    ['CreatedAt', { CreatedAt: '2020-01-01T00:00:00.000Z' }],
    ['CreatedAt', { CreatedAt: future }],
    ['FirstObservedAt', { FirstObservedAt: '2020-01-01T00:00:00.000Z' }],
    ['FirstObservedAt', { FirstObservedAt: undefined }],
    ['FirstObservedAt', { FirstObservedAt: future }],
    ['LastObservedAt', { LastObservedAt: future }],
    ['UpdatedAt', { UpdatedAt: future }],
    ['SourceUrl', { SourceUrl: 'https://example.com/' }],
  ])('of %s is restored by the next run and mailed once with the field (%j)', async (field, change) => {
    const { night, finding, forge, real } = await world();
    const before = provided(finding());
    await forge(change);
    const events = await night();

    expect(provided(finding())).toEqual(before);
    expect(events.filter(({ type }) => type === 'Finding Overwritten')).toMatchObject([
      { findingId: path, securityHub: 'taken', because: expect.stringMatching(`changed by somebody else: .*${field}`) },
    ]);
    expect(real.mails.join('\n')).toContain('changed by somebody else');
    expect(await night()).toEqual([]);
    expect(provided(finding())).toEqual(before);
  });

  it('of the resources is restored, with the nodes that fail', async () => {
    const { night, finding, forge } = await world();
    const before = provided(finding());
    await forge({ Resources: [Object(finding()['Resources'])[0]] });
    expect(await night()).toMatchObject([
      { type: 'Finding Overwritten', because: expect.stringContaining('Resources') },
    ]);
    expect(provided(finding())).toEqual(before);
  });

  it('is named by a later run where the one that restored it died before it could', async () => {
    const { estate, night, finding, forge } = await world();
    await forge({ Title: 'All kubelets pass' });
    estate.dying.set('blue', { at: 'events.put', runs: 1, isForGood: true });
    expect(await night()).toEqual([]);
    expect(finding()['Title']).not.toBe('All kubelets pass');
    expect(await night()).toMatchObject([{ type: 'Finding Overwritten', because: expect.stringContaining('Title') }]);
    expect(await night()).toEqual([]);
  });

  it('changes nothing for long of a finding whose nodes no run can list', async () => {
    const { estate, night, finding, forge } = await world();
    estate.regions[region].access = 'denied';
    await night();
    await forge({ Title: 'All kubelets pass', Remediation: link });
    estate.regions[region].access = 'open';
    estate.slow.add('blue');
    await night();
    expect(JSON.stringify(finding())).not.toContain('all is well');
  });

  it('that no later time can follow is answered by another finding, with the old one’s workflow in words', async () => {
    const { real, night, finding, forge } = await world();
    await real.suppress(region, finding());
    await night();
    await forge({ Compliance: { Status: 'PASSED' }, UpdatedAt: '9999-12-31T23:59:59.999Z' });
    expect(await night()).toMatchObject([{ type: 'Finding Overwritten', findingId: path }]);

    const second = path.replace('kubelet-client-ca-file', 'kubelet-client-ca-file.2');
    expect(finding()).toMatchObject({ Compliance: { Status: 'PASSED' } });
    expect(finding(second)).toMatchObject({ Compliance: { Status: 'FAILED' }, RecordState: 'ACTIVE' });
    expect(JSON.stringify(finding(second))).toContain('its workflow was SUPPRESSED');
    const before = finding(second);
    expect(await night()).toEqual([]);
    expect(finding(second)).toEqual(before);
  });
});

describe('what the customer changes', () => {
  it.each<[words: string, change: object, count: number]>([
    ['suppressed', { Workflow: { Status: 'SUPPRESSED' } }, 1],
    ['resolved', { Workflow: { Status: 'RESOLVED' } }, 1],
    ['false positive', { VerificationState: 'FALSE_POSITIVE' }, 1],
    ['false positive', { VerificationState: 'BENIGN_POSITIVE' }, 1],
    ['lower severity', { Severity: { Label: 'LOW' } }, 1],
    ['nothing', { Workflow: { Status: 'NOTIFIED' } }, 0],
    ['nothing', { VerificationState: 'TRUE_POSITIVE' }, 0],
    ['nothing', { Severity: { Label: 'CRITICAL' } }, 0],
    ['nothing', { Types: ['Effects/None'], Confidence: 1, Criticality: 1, Note: { Text: 'mine', UpdatedBy: 'me' } }, 0],
  ])('stays, and is counted and mailed once where it hides a failure: %s (%j)', async (words, change, count) => {
    const { real, night, finding } = await world();
    await real.analyse(region, finding(), change);
    const before = finding();
    const events = await night();

    expect(real.summary?.suppressed ?? 0).toBe(count);
    const told = { type: 'Finding Suppressed', findingId: path, because: expect.stringContaining(`(${words})`) };
    expect(events).toMatchObject(count === 0 ? [] : [told]);
    expect(await night()).toEqual([]);
    expect(real.summary?.suppressed ?? 0).toBe(count);
    expect(finding()).toEqual(before);
  });

  it('of a PASSED finding is no hiding, and a RESOLVED that fails again is NEW', async () => {
    const { estate, real, night, finding } = await world();
    estate.changeMachine('blue', 0, () => ({ running: 'good', onDisk: 'good' }));
    await night();
    await real.analyse(region, finding(), { Workflow: { Status: 'RESOLVED' } });
    expect(await night()).toEqual([]);
    estate.changeMachine('blue', 0, () => ({ running: 'no-ca', onDisk: 'no-ca' }));
    expect(await night()).toMatchObject([{ type: 'Finding Opened' }]);
    expect(finding()).toMatchObject({ Workflow: { Status: 'NEW' } });
    expect(await night()).toEqual([]);
  });
});
