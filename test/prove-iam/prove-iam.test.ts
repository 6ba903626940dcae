import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessEntryActions,
  hubActions,
  memberActions,
  nextNodeActions,
  signingActions,
} from '../../lambda/contract/iam-actions.ts';
import { type HubFunction, hubFunctions, memberRoleName } from '../../lambda/contract/names.ts';
import {
  approverRoleName,
  remediateFunction,
  remediationActions,
  remediationEventsRoleName,
  remediationRoleName,
  runbookRoleName,
} from '../../lambda/contract/remediation-names.ts';
import { bundledFunctions } from '../made-once.ts';
import { allows, concerning } from './allows.ts';
import { deployments, operatorRole, organization, own, wholeOrganization } from './deployments.ts';
import type { Forbidden } from './forbid.ts';
import { forbiddenIn } from './forbidden.ts';
import type { IamRequest } from './iam-request.ts';
import { lawsOf } from './laws.ts';
import type { Permission } from './permissions.ts';
import { permissionsPage } from './permissions-page.ts';
import { roleArn } from './place.ts';
import { programRequests } from './program-requests.ts';
import { answers, mayDecide, type Proof, prove } from './prove.ts';
import { type Recording, recordCalls } from './record-calls.ts';
import { proofReport } from './report.ts';
import { requestsOf } from './requests.ts';

let recording: Recording;
let permissions: readonly Permission[];
let requests: readonly IamRequest[];
let forbidden: readonly Forbidden[];
let proof: Proof;

/** Everything runs once, for all tests. */
beforeAll(async () => {
  recording = await recordCalls(await bundledFunctions());
  permissions = recording.permissions;
  requests = requestsOf(recording);
  forbidden = forbiddenIn(recording);
  proof = await prove(permissions, { requests, forbidden });
});

const told = (of: Proof) => proofReport(of, recording.calls.length);

const hub = { partition: 'aws', accountId: wholeOrganization.hub, region: 'eu-west-1' };
const memberRole = roleArn({ partition: 'aws', accountId: organization.inUnit }, memberRoleName);
const granted = (action: string, resource = '*', holder = memberRole): Permission => ({
  id: 'extra/Role/extra/0',
  holder,
  policy: 'identity',
  effect: 'Allow',
  action,
  resource,
});
const shown = ({ id, effect, action, resource }: Permission) => `${effect} ${action} on ${resource} (${id})`;

/** What asks for something that this piece of a policy has a say in. */
function askedAbout(piece: Permission): Parameters<typeof prove>[1] {
  const everywhere = [piece, ...permissions.filter(({ id }) => id === piece.id)];
  const asks = (request: IamRequest) => mayDecide(piece, request) && concerning(everywhere, request).length > 0;
  return { requests: requests.filter(asks), forbidden: forbidden.filter(({ request }) => asks(request)) };
}

/** The proof, had this piece of a policy never been there. */
const without = async (piece: Permission): Promise<Proof> => {
  const others = permissions.filter(({ id }) => id !== piece.id);
  return { ...proof, ...(await answers(others, askedAbout(piece))) };
};
const inUnitRole = (name: string): string => roleArn({ partition: 'aws', accountId: organization.inUnit }, name);

describe('the policies of all stacks', () => {
  it('allow all that the functions and AWS services ask for, and nothing else', () => {
    const { exitCode, lines } = told(proof);
    expect(lines.at(-1)).toBe('0 denied, 0 unused');
    expect(forbidden.length).toBeGreaterThan(60);
    expect(lines).toContain(`${forbidden.length} of ${forbidden.length} that must be refused are refused`);
    expect(lines.filter((line) => line.includes('NOT TRUE'))).toEqual([]);
    expect(exitCode).toBe(0);
  });

  const askedBy = (role: string) =>
    [
      ...new Set(
        recording.calls
          .filter(({ principalArn }) => principalArn.includes(`:assumed-role/${role}/`))
          .flatMap((call) => programRequests(call, recording.known).map(({ action }) => action)),
      ),
    ].toSorted();

  it.each(Object.keys(hubFunctions) as HubFunction[])('are asked for every action of the contract by %s', (name) => {
    const ofKey = name === 'summarise' ? signingActions : [];
    expect(askedBy(hubFunctions[name].roleName)).toEqual([...hubActions[name], ...ofKey].toSorted());
  });

  it('are asked for every action of the contract by the member role', () => {
    expect(askedBy(memberRoleName)).toEqual(
      [...Object.values(memberActions).flat(), ...accessEntryActions, ...nextNodeActions].toSorted(),
    );
  });

  it.each([
    ['function', remediateFunction.roleName],
    ['start', remediationRoleName],
  ] as const)('are asked for every action of the contract by remediation: %s', (name, role) => {
    expect(askedBy(role)).toEqual(remediationActions[name].toSorted());
  });

  it.each([
    ['approver', approverRoleName],
    ['runbook', runbookRoleName],
    ['events', remediationEventsRoleName],
  ] as const)('are asked for every action of the contract by people and AWS services: %s', (name, role) => {
    const asked = requests.filter(({ principal }) => principal.endsWith(`:role/${role}`));
    expect([...new Set(asked.map(({ action }) => action))].toSorted()).toEqual(remediationActions[name].toSorted());
  });
});

describe.each([
  ['own account', 30],
  ['listed accounts', 30],
  ['organization', 30],
  ['member', 15],
  ['remediation: listed accounts', 5],
  ['remediation: organization', 5],
  ['remediation: member', 20],
])('of the templates of %s, each piece of a policy', (template, atLeast) => {
  const ofTemplate = () =>
    proof.needs.map(({ permission }) => permission).filter(({ id }) => id.startsWith(`${template}/`));

  it('that allows something is missed when it is removed', async () => {
    const allowing = ofTemplate().filter(({ effect }) => effect === 'Allow');
    expect(allowing.length).toBeGreaterThan(atLeast);

    for (const piece of allowing) {
      const { exitCode, lines } = told(await without(piece));
      expect(
        lines.filter((line) => line.startsWith('DENIED: ')),
        shown(piece),
      ).toContainEqual(expect.stringContaining(`${piece.action} on `));
      expect(exitCode).toBe(1);
    }
  });

  it('that denies something lets in what must be refused when it is removed', async () => {
    for (const piece of ofTemplate().filter(({ effect }) => effect === 'Deny')) {
      const { exitCode, lines } = told(await without(piece));
      expect(lines.filter((line) => line.startsWith('ALLOWED: ')).length, shown(piece)).toBeGreaterThan(0);
      expect(exitCode).toBe(1);
    }
  });
});

describe('a policy grants too much', () => {
  const item = roleArn(hub, hubFunctions.audit.roleName);
  const [approver, starter, runbook] = [approverRoleName, remediationRoleName, runbookRoleName].map(inUnitRole);
  /** Of the account of the unit, in any Region. */
  const ofUnit = (service: string, resource: string) =>
    `arn:aws:${service}:${service === 'iam' ? '' : '*'}:${organization.inUnit}:${resource}`;
  const trust = (by: object): Permission => ({ ...granted('sts:AssumeRole', memberRole), policy: 'trust', ...by });
  const executions = ofUnit('ssm', 'automation-execution/*');

  const tooMuch: readonly (readonly [string, Permission])[] = [
    ['an action that nobody calls', granted('eks:ListAddons', ofUnit('eks', 'cluster/*'))],
    [
      'an action that is called, on a resource that is not asked for',
      granted('eks:DescribeCluster', 'arn:aws:eks:ap-south-1:444400000002:cluster/*'),
    ],
    ['an action that another role needs', granted('ec2:DescribeInstances', '*', item)],
    ['what another statement grants already', granted('securityhub:GetFindings', ofUnit('securityhub', '*'))],
    ['trust in somebody who never comes', trust({ principal: { AWS: [`arn:aws:iam::${own.hub}:role/Somebody`] } })],
    [
      'trust of the hub in a role that never comes',
      trust({
        principal: { AWS: [`arn:aws:iam::${wholeOrganization.hub}:root`] },
        condition: { ArnLike: { 'aws:PrincipalArn': roleArn(hub, hubFunctions.summarise.roleName) } },
      }),
    ],
    ['the runbook, which it cannot hand a role', granted('ssm:StartAutomationExecution', executions, approver)],
  ];

  it.each(tooMuch)('with %s', async (_, extra) => {
    const { exitCode, lines } = told(await prove([...permissions, extra], askedAbout(extra)));
    expect(lines).toContainEqual(expect.stringMatching(`^UNUSED: ${extra.action} on ${extra.resource.slice(0, 5)}`));
    expect(exitCode).toBe(1);
  });

  const teller = 'arn:aws:iam::*:role/EksKubeletAuditRemediationEvents';
  const brokenBy: Readonly<Record<string, readonly Permission[]>> = {
    'no action is a wildcard': [granted('ssm:Get*')],
    'any resource only where AWS takes no narrower one': [granted('securityhub:GetFindings')],
    'SendCommand only on the one document that the role is there for': [
      granted('ssm:SendCommand'),
      granted('ssm:SendCommand', ofUnit('ssm', 'document/*')),
      granted('ssm:SendCommand', ofUnit('ssm', 'document/EksKubeletAudit-RemediateKubelet')),
      granted('ssm:SendCommand', ofUnit('ssm', 'document/EksKubeletAudit-KubeletProbe'), runbook),
    ],
    'each role of remediation changes nothing but': [
      granted(
        'sts:AssumeRole',
        'arn:aws:iam::*:role/EksKubeletAuditApprover',
        roleArn(hub, remediateFunction.roleName),
      ),
      granted('ssm:StartAutomationExecution', ofUnit('ssm', 'document/*'), starter),
      granted('iam:PassRole', ofUnit('iam', 'role/*'), starter),
      granted('ssm:SendAutomationSignal', executions, runbook),
      granted('ssm:StopAutomationExecution', executions, approver),
    ],
    'SendCommand on machines only by their tags': [granted('ssm:SendCommand', ofUnit('ec2', 'instance/*'))],
    'the roles of the audit change nothing but': [
      granted('eks:CreateAccessEntry', ofUnit('eks', 'cluster/*')),
      granted('s3:PutObject', 'arn:aws:s3:::eks-kubelet-audit-runs/elsewhere/*', item),
      granted('iam:PassRole', ofUnit('iam', 'role/EksKubeletAuditRunbook')),
    ],
    'no policy lets everybody in': [
      trust({ principal: '*' }),
      {
        ...granted('events:PutEvents', memberRole),
        policy: 'resource',
        principal: '*',
        condition: { ArnLike: { 'aws:PrincipalArn': teller } },
      },
    ],
  };
  const lawless = Object.entries(brokenBy).flatMap(([law, all]) => all.map((extra) => [law, extra] as const));

  it.each(lawless)('that breaks the law "%s"', async (law, extra) => {
    const { lines, exitCode } = told({ ...proof, laws: await lawsOf([...permissions, extra]) });
    expect(lines).toContainEqual(expect.stringMatching(`^NOT TRUE: ${law}`));
    expect(exitCode).toBe(1);
  });
});

describe('what must be refused', () => {
  it('is reported when a policy allows it', async () => {
    for (const { who, what, request } of forbidden)
      expect(await allows(loosened(permissions, request), request), `${who}: ${what}`).toBe(true);

    const { lines, exitCode } = told({
      ...proof,
      refusals: proof.refusals.map((each) => ({ ...each, allowed: true })),
    });
    for (const { who, what, request } of forbidden)
      expect(lines).toContain(`ALLOWED: ${who}: ${what} (${request.action} on ${request.resource})`);
    expect(exitCode).toBe(1);
  });

  /** Nothing that denies, and a policy that allows it: the role's own, and that of the resource where another account or a service asks, or of a key. */
  function loosened(all: readonly Permission[], request: IamRequest): readonly Permission[] {
    const { principal, action, resource, own: ofItself } = request;
    const isRole = principal.startsWith('arn:');
    const open = { ...granted(action, resource, resource), policy: 'resource', principal: '*' } as const;
    return [
      ...all.filter(({ effect }) => effect === 'Allow'),
      ...(isRole ? [granted(action, resource, principal)] : []),
      ...(action === 'sts:AssumeRole' ? [{ ...open, policy: 'trust' } as const] : []),
      ...(!isRole || action.startsWith('kms:') || (ofItself && !resource.startsWith('arn:aws:s3:')) ? [open] : []),
    ];
  }

  it('lets operators in only where the settings name them', async () => {
    const asOperator = (account: string): IamRequest => ({
      by: 'a person at a terminal',
      principal: operatorRole,
      action: 'sts:AssumeRole',
      resource: roleArn({ partition: 'aws', accountId: account }, memberRoleName),
      accountId: account,
      context: { 'aws:PrincipalArn': operatorRole, 'aws:PrincipalOrgID': organization.id },
      own: { action: 'sts:AssumeRole', resource: '*' },
    });
    expect(await allows(permissions, asOperator(organization.inUnit))).toBe(true);
    expect(await allows(permissions, asOperator(own.hub))).toBe(false);
  });
});

it('the member role is the same whatever the settings are, but for access entries and launch templates, which two of them ask for', () => {
  const inAccount = (account: string) =>
    permissions
      .filter(({ id, holder, policy }) => id.startsWith('member/') && holder.includes(account) && policy === 'identity')
      .map(({ id, action, resource, condition }) =>
        JSON.stringify([id, action, resource, condition]).replaceAll(account, 'ACCOUNT'),
      );
  const optional = [...accessEntryActions, ...nextNodeActions];
  const isOptional = (text: string) => optional.some((action) => text.includes(`"${action}"`));
  const roles = deployments.map(({ members }) => [...new Set(inAccount(members.at(-1) ?? ''))]);
  const [first, ...others] = roles.map((each) => each.filter((text) => !isOptional(text)));
  for (const each of others) expect(each).toEqual(first);
  expect(roles.map((each) => each.filter(isOptional).length)).toEqual([0, 0, optional.length]);
});

it('docs/permissions.md says what the templates say', async () => {
  await expect(permissionsPage(proof)).toMatchFileSnapshot('../../docs/permissions.md');
});
