import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { deploymentFields } from '../../../infra/config/deployment-fields.ts';
import { parseSettings, SettingsError } from '../../../infra/config/settings.ts';
import { oldNumbers } from '../../core/judge/controls/old-numbers.ts';
import { everySetting, ownRemediation } from '../synthesise.ts';
import { withRemediation } from '../with-remediation.ts';

const organization = { id: 'o-ab12cd34ef', units: ['r-ab12'] };
const units = (count: number) => Array.from({ length: count }, (_, n) => `ou-ab12-${10_000_000_000_000 + n}`);
const sso = (name: string) => `arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_${name}`;
const roles = (count: number) => Array.from({ length: count }, (_, n) => `arn:aws:iam::111122223333:role/R${n}`);
const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(111122220000 + index));

describe('settings of the deployment', () => {
  it('takes what is written over the default', () => {
    const written = { sources: ['ssm'], timeZone: 'Europe/Berlin' };
    expect(parseSettings(written)).toEqual({ ...parseSettings({}), ...written });
  });

  it.each([
    ['the name of a tag', { tags: { 'aws:owner': 'me' } }, /do not begin with aws:/],
    ['a name with a bracket', { tags: { 'a[b]': 'me' } }, /not valid for a tag/],
    ['a name that a StackSet does not know', { tags: { 'a@b': 'me' } }, /not valid for a tag/],
    ['an empty name', { tags: { '': 'me' } }, /not valid for a tag/],
    ['an empty value', { tags: { owner: '' } }, /not the value of a tag/],
    ['the value of a tag', { tags: { owner: 'a\nb' } }, /not the value of a tag/],
    ['names that differ in case', { tags: { owner: 'a', Owner: 'b' } }, /upper and lower case/],
    ['too many tags', { tags: Object.fromEntries(accounts(41).map((name) => [name, 'v'])) }, /more than 40/],
    [
      'long tags',
      { tags: Object.fromEntries(accounts(40).map((name) => [name, 'v'.repeat(200)])) },
      /of the 5200 bytes/,
    ],
    ['an alias', { kmsKey: 'arn:aws:kms:eu-west-1:111122223333:alias/audit' }, /not that of an alias/],
    ['a queue', { alertTopic: 'arn:aws:sqs:eu-west-1:111122223333:alerts' }, /not a topic/],
    ['a rule', { alertBus: 'arn:aws:events:eu-west-1:111122223333:rule/alerts' }, /not an event bus/],
    ['a default bus', { alertBus: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' }, /there already/],
    [
      'addresses beside a topic',
      { alertTopic: 'arn:aws:sns:eu-west-1:111122223333:alerts', alertAddresses: ['a@example.com'] },
      /subscribe the addresses there/,
    ],
    ['a caller', { ...everySetting, organization: { ...organization, callAs: 'ROOT' } }, /SELF where the hub/],
  ])('refuses %s with a reason', (_, settings, reason) => {
    expect(() => parseSettings(settings)).toThrow(reason);
  });

  it.each(['cron(0 5 ? * MON-FRI *)', 'cron(*/20 8-17 * * ? *)', 'cron(0 5 ? * 3#2 *)'])(
    'takes the schedule %s',
    (schedule) => {
      expect(parseSettings({ schedule })).toMatchObject({ schedule });
    },
  );

  it('takes an organization with all that belongs to it', () => {
    expect(parseSettings(everySetting)).toMatchObject({
      organization: { units: ['r-ab12'], exclude: ['444455556666'] },
      securityHub: { insights: true, resolvePassed: true },
    });
  });

  it('takes remediation with nobody to write to and without Automated Security Response by default', () => {
    expect(parseSettings(ownRemediation).remediation).toEqual({
      ...ownRemediation.remediation,
      addresses: [],
      requesters: [],
      reservedConcurrency: 2,
      automatedSecurityResponse: false,
      withoutReady: false,
    });
  });

  it('takes controls by slug and by number, which means another one in another benchmark', () => {
    const controls = ['3.2.3', 'kubelet-client-ca-file', 'kubelet-event-qps'];
    expect(parseSettings({ controls }).controls).toEqual(['kubelet-client-ca-file', 'kubelet-event-qps']);
    expect(parseSettings({ controls: ['3.2.9'], benchmark: 'cis-eks-1.2.0' }).controls).not.toEqual(
      parseSettings({ controls: ['3.2.9'] }).controls,
    );
  });

  it('takes what still fits into an environment and a trust policy', () => {
    const organization = { id: 'o-ab12cd34ef', units: ['r-ab12'], exclude: accounts(100) };
    expect(() => parseSettings({ organization, regions: ['eu-west-1'], homeRegion: 'eu-west-1' })).not.toThrow();
    expect(() => parseSettings({ remediation: { approvers: roles(30) } })).not.toThrow();
    expect(() => parseSettings({ operatorRole: sso(`Audit_${'?'.repeat(16)}`) })).not.toThrow();
    expect(() => parseSettings({ operatorRole: sso('Audit_0123456789abcdef') })).not.toThrow();
  });

  it.each([
    [{ shedule: 'rate(1 day)' }, "unknown field 'shedule'; did you mean 'schedule'?"],
    [{ colour: 'red' }, 'known fields are accounts, organization, regions'],
    [
      Object.fromEntries([...'abcdefg'].map((each) => [each.repeat(9), 1])),
      `${[...'abcde'].map((each) => `unknown field '${each.repeat(9)}'; `).join('')}2 more unknown fields; known fields are accounts`,
    ],
    [{ organization: { ...organization, unit: [] } }, "unknown field 'organization.unit'; did you mean 'units'?"],

    [{ accounts: [111122223333] }, "'accounts.0' is 111122223333: not an account; write its 12 digits in quotes"],
    [{ accounts: accounts(115) }, "more than the 114 that the policies of the hub's roles have room for; use"],
    [{ ...ownRemediation, accounts: accounts(64) }, 'more than the 63 that'],
    [{ regions: null }, "'regions' is null: not a list; write it between brackets, as in regions: [eu-west-1]"],
    [{ regions: ['eu-west-1', 'eu-west-1'] }, '\'regions\' is ["eu-west-1","eu-west-1"]: something is in it twice'],
    [{ regions: ['Ireland'] }, '\'regions.0\' is "Ireland": not a Region; write it as eu-west-1'],
    [{ organization: { id: 'acme', units: ['r-ab12'] } }, '\'organization.id\' is "acme": not the id of an'],
    [{ organization: { id: organization.id } }, "'organization.units' is missing: name what is audited"],
    [{ organization: { ...organization, units: [] } }, "'organization.units' is []: nothing would be audited"],
    [{ organization: { ...organization, units: ['Workloads'] } }, '\'organization.units.0\' is "Workloads": not an'],
    [
      { organization, accounts: ['111122223333'], regions: ['eu-west-1'], homeRegion: 'eu-west-1' },
      '\'accounts\' is ["111122223333"]: there is an organization too; leave one of them out',
    ],
    [{ organization }, "'regions' is missing: the StackSet needs to know where to deploy"],
    [{ organization, regions: ['eu-west-1'] }, "'homeRegion' is missing: the StackSet needs to know where to make"],
    [{ regions: ['eu-west-1'], homeRegion: 'us-east-1' }, '\'homeRegion\' is "us-east-1": not one of regions'],
    [{ operatorRole: 'Admin' }, '\'operatorRole\' is "Admin": not a role'],
    [{ operatorRole: sso('Audit_*') }, 'admits other permission sets whose names begin so; write the 16 digits'],
    [{ operatorRole: sso('Audit*') }, 'admits other permission sets whose names begin so'],
    [{ remediation: { approvers: [sso('Platform_*')] } }, "'remediation.approvers.0' is"],
    [{ remediation: { approvers: roles(2), requesters: roles(1) } }, "'remediation.requesters.0' is"],

    [{ schedule: 'daily' }, '\'schedule\' is "daily": not a schedule; write it as cron(0 5 * * ? *)'],
    [{ schedule: 'cron(0 5 * * *)' }, '\'schedule\' is "cron(0 5 * * *)": not a schedule; write it as cron(0 5 * * ?'],
    [{ schedule: 'cron(0 5 ? * ? *)' }, 'six fields, ? in one of the days'],
    [{ schedule: 'rate(0 days)' }, '\'schedule\' is "rate(0 days)": not a schedule'],
    [{ timeZone: 'Mars/Olympus' }, '\'timeZone\' is "Mars/Olympus": not a time zone'],
    [{ sources: [] }, "'sources' is []: nothing would be read"],
    [{ sources: ['ssh'] }, '\'sources.0\' is "ssh": not a source; one of direct, configz, ssm, tls'],
    [{ sources: ['ssm', 'tls'] }, '\'sources\' is ["ssm","tls"]: tls dials the nodes themselves'],
    [{ everySource: 'yes' }, '\'everySource\' is "yes": write true or false, without quotes'],
    [{ complete: true, sources: ['configz'] }, "'complete' is true: only ssm sees the machine itself; add ssm to"],
    [{ everySource: true, sources: ['ssm'] }, "'everySource' is true: it compares what sources read"],
    [{ benchmark: '1.8' }, '\'benchmark\' is "1.8": not a benchmark'],
    [{ controls: ['4.1.10'], sources: ['ssm'] }, '\'controls\' is ["4.1.10"]: who holds nodes/proxy'],
    [{ controls: ['kubelet-x'] }, '\'controls.0\' is "kubelet-x": not a control; write its slug'],
    ...oldNumbers.map<[object, string]>(({ number, slug }) => [
      { controls: [number] },
      `'controls.0' is "${number}": no control of cis-eks-1.8.0; it is ${slug}`,
    ]),
    [{ regions: ['abcdefghijk-west-1'] }, '\'regions.0\' is "abcdefghijk-west-1": not a Region'],
    [{ nodeTimeout: '50ms' }, '\'nodeTimeout\' is "50ms": not a duration from 100ms to 5m'],
    [
      { organization: { ...organization, exclude: accounts(250) }, regions: ['eu-west-1'], homeRegion: 'eu-west-1' },
      "'organization.exclude' is [",
    ],
    [
      { organization: { ...organization, units: units(120) }, regions: ['eu-west-1'], homeRegion: 'eu-west-1' },
      "bytes that a function's environment has room for",
    ],
    [{ remediation: { approvers: roles(60) } }, 'characters of the 1300 that the trust policy'],
    [{ vpc: { subnets: Array(17).fill('subnet-12345678'), securityGroups: ['sg-12345678'] } }, 'more than the 16'],
    [{ scope: 'pod' }, '\'scope\' is "pod": not a scope; one of node-group, node, cluster'],
    [{ vpc: { subnets: ['subnet-12345678'] } }, "'vpc.securityGroups' is missing: the function needs one at least"],
    [{ vpc: { securityGroups: ['sg-12345678'] } }, "'vpc.subnets' is missing: the function needs one at least"],
    [{ vpc: { subnets: ['subnet-12345678'], securityGroups: ['default'] } }, '\'vpc.securityGroups.0\' is "default"'],

    [{ maxConcurrentNodes: 0 }, "'maxConcurrentNodes' is 0: not a whole number from 1 to 100"],
    [{ nodeTimeout: 10 }, "'nodeTimeout' is 10: not a duration from 100ms to 5m; write it as 10s"],
    [{ toleratedFailurePercentage: 101 }, "'toleratedFailurePercentage' is 101"],
    [{ alertAddresses: ['platform'] }, '\'alertAddresses.0\' is "platform": not an e-mail address'],
    [{ remediation: {} }, "'remediation.approvers' is missing: a remedy waits for an approval; name roles of the hub"],
    [{ remediation: { approvers: [] } }, "'remediation.approvers' is []: a remedy waits for an approval"],
    [{ remediation: { approvers: ['Oncall'] } }, '\'remediation.approvers.0\' is "Oncall": not a role'],
    [{ remediation: { approvers: ['arn:aws:iam::111122223333:role/*'] } }, 'admits every role; write a name, or a'],
    [{ remediation: { approvers: ['arn:aws:iam::111122223333:role/teams/?*'] } }, 'admits every role; write a name'],
    [{ ...ownRemediation, sources: ['configz'] }, '\'sources\' is ["configz"]: remediation changes nodes by SSM'],
    [{ ...ownRemediation, controls: ['4.1.10'] }, '\'controls\' is ["4.1.10"]: remediation changes nodes'],
    [{ logRetentionDays: 31 }, "'logRetentionDays' is 31: not a number of days that CloudWatch Logs knows; one of 1,"],
    [{ resultRetentionDays: 1 }, "'resultRetentionDays' is 1"],
    [{ objectLock: { days: 366 } }, "'objectLock.days' is 366: results are to be deleted after 365 days"],
    [{ objectLock: { days: 30, mode: 'NONE' } }, '\'objectLock.mode\' is "NONE": not a mode of Object Lock'],
    ['everything', 'prod.yaml: must hold fields'],
  ])('refuses %j and says what to write', (written, message) => {
    const parse = () => parseSettings(written, 'prod.yaml');
    expect(parse).toThrow(SettingsError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^prod\.yaml: /);
  });

  it('names everything that is wrong at once', () => {
    expect(() => parseSettings({ scope: 'pod', maxConcurrentNodes: 1000 })).toThrow(
      /'scope'.*\n.*'maxConcurrentNodes'/,
    );
  });
});

describe('deployment.yaml', () => {
  const page = readFileSync('deployment.yaml', 'utf8');
  /** The page with its examples and defaults in force. */
  const uncommented = page.replaceAll(/^# ( *[A-Za-z]+:( .*)?)$/gm, '$1');

  it('is all comments, so that what is deployed are the defaults', () => {
    expect(parseDocument(page).toJS()).toBeNull();
  });

  it('documents every field, and gives the default where there is one', () => {
    const written = parseDocument(uncommented).toJS();
    expect(Object.keys(written).toSorted()).toEqual(Object.keys(deploymentFields.shape).toSorted());
    const { accounts, roleNamePrefix, ...whole } = written;
    const {
      accounts: _,
      regions: __,
      tags: ___,
      roleNamePrefix: ____,
      ownerTag: _____,
      ...expected
    } = parseSettings({});
    expect(whole).toMatchObject(expected);
    // What goes together, and what only goes without an organization.
    expect(() => parseSettings(whole)).not.toThrow();
    expect(() => parseSettings({ accounts, roleNamePrefix })).not.toThrow();
  });
});

describe('docs/organization.yaml', () => {
  const page = readFileSync('docs/organization.yaml', 'utf8');

  it('can be deployed as it is, once its values are somebody’s own', () => {
    expect(parseSettings(parseDocument(page).toJS())).toMatchObject({ organization: { units: ['r-ab12'] } });
    expect(parseSettings(parseDocument(page).toJS())).not.toHaveProperty('remediation');
  });

  it('has remediation too, as a comment', () => {
    expect(parseSettings(parseDocument(withRemediation(page)).toJS()).remediation?.approvers).toHaveLength(1);
  });
});
