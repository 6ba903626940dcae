import { expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import { wantedInstances } from '../../../../lambda/core/read/inventory/wanted-instances.ts';
import { instanceWith } from '../../../fakes/ports.ts';

const [id, other, hybrid] = ['i-0123456789abcdef0', 'i-0fedcba9876543210', 'mi-0123456789abcdef0'];
const privateDnsName = 'ip-10-0-0-1.internal';
const instances = [
  instanceWith({ id, privateDnsName, addresses: ['10.0.0.1', '2001:db8::7'] }),
  instanceWith({ id: hybrid }),
];
const node = (name: string, machine = id, internalIp?: string): ListedNode => {
  return { name, providerId: `aws:///eu-west-1a/${machine}`, labels: {}, ...(internalIp && { internalIp }) };
};

it.each<[what: string, listed: readonly ListedNode[], expected: object | undefined, remembered?: readonly string[]]>([
  ['no node', [], undefined],
  ['one of a tagged machine by its DNS name', [node(privateDnsName)], undefined],
  ['one by its id', [node(id), node(hybrid, hybrid)], undefined],
  ['one by a name that begins with its id', [node(`${id}.eu-west-1.internal`)], undefined],
  ['one by its address in another spelling', [node(id, id, '2001:DB8:0::7'), node(id, id, '10.0.0.1')], undefined],
  ['an address that is none', [node(id, id, 'localhost')], undefined],
  [
    'a machine that no tag shows',
    [node('a', other, '10.0.0.2')],
    { ids: [other], names: ['a'], addresses: ['10.0.0.2'] },
  ],
  ['another name of a tagged one', [node('a'), node(`${id}-x`)], { names: ['a', `${id}-x`] }],
  ['the name of another machine', [node(`${id}.internal`, other)], { ids: [other], names: [`${id}.internal`] }],
  ['a machine that EC2 does not name so', [node('rack', `${hybrid.slice(0, -1)}1`)], { names: ['rack'] }],
  ['Fargate', [node('fargate-ip-1', 'x', '10.0.0.3')], { addresses: ['10.0.0.3'] }],
  ['a name with Fargate inside', [node('a-fargate-ip-1', 'x')], { names: ['a-fargate-ip-1'] }],
  ['an IPv6 address, as EC2 spells it', [node(id, id, '2001:DB8::0:8')], { addresses: ['2001:db8::8'] }],
  ['what is named twice', [node('a', other), node('a', other)], { ids: [other], names: ['a'] }],
  ['a machine that failed in the last run', [], { ids: [other] }, [id, other]],
])('asks EC2 once for what no tagged machine accounts for: %s', (_, listed, expected, remembered) => {
  const none = { ids: [], names: [], addresses: [] };
  expect(wantedInstances(listed, instances, remembered)).toEqual(expected && { ...none, ...expected });
});
