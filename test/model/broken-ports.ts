import { type ClusterChange, eventTypes } from '../../lambda/contract/events.ts';
import type { ItemOptions } from '../../lambda/flow/run/audit-item.ts';
import type { HubPorts } from '../../lambda/flow/run/ports.ts';

/** The program with something about it changed: a broken one, or nothing. */
export interface Variant<World> {
  readonly ports?: (ports: HubPorts, world: World) => HubPorts;
  readonly options?: (options: ItemOptions, world: World) => ItemOptions;
}

/** The port with another method, which is made of its own. */
export function withMethod<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  change: (own: Port[Name]) => Port[Name],
): Port {
  const bound = (value: unknown) => (typeof value === 'function' ? value.bind(port) : value);
  const changed = change(bound(port[name]));
  return new Proxy(port, { get: (_, key) => (key === name ? changed : bound(Reflect.get(port, key))) });
}

type Call = (...given: unknown[]) => Promise<unknown>;

/** The port, some of whose methods are called in another way. */
export const calling = <Port extends object>(port: Port, names: readonly string[], change: (own: Call) => Call): Port =>
  names.reduce<Port>(
    (before, name) =>
      name in before
        ? withMethod(before, name as keyof Port, (own) => change(own as Call) as Port[keyof Port])
        : before,
    port,
  );

type Change<World> = (ports: HubPorts, world: World) => HubPorts;

/** All ports, with another method of one of them. */
export const changing =
  <Name extends keyof HubPorts, Method extends keyof NonNullable<HubPorts[Name]>, World = unknown>(
    name: Name,
    method: Method,
    change: (own: NonNullable<HubPorts[Name]>[Method], world: World) => NonNullable<HubPorts[Name]>[Method],
  ): Change<World> =>
  (ports, world) => {
    const port = ports[name];
    return port ? { ...ports, [name]: withMethod(port, method, (own) => change(own, world)) } : ports;
  };

type Several = 'instanceDirectories' | 'kubeletSources' | 'launchDirectories';

/** All ports, with another method of each of several of a kind. */
export const changingEach =
  <Name extends Several, Method extends keyof HubPorts[Name][number], World = unknown>(
    name: Name,
    method: Method,
    change: (
      own: HubPorts[Name][number][Method],
      world: World,
      port: HubPorts[Name][number],
    ) => HubPorts[Name][number][Method],
  ): Change<World> =>
  (ports, world) => ({
    ...ports,
    [name]: ports[name].map((port: HubPorts[Name][number]) =>
      withMethod(port, method, (own) => change(own, world, port)),
    ),
  });

export type Sent = Parameters<HubPorts['events']['put']>[0][number];

/** Other events than the program sends. */
export const sending = (change: (event: Sent) => readonly Sent[]): Change<unknown> =>
  changing('events', 'put', (put) => (sent) => put(sent.flatMap(change)));

/** What nobody looks at any more is called over. */
export const callsWithdrawnResolved = sending((each) => {
  if (each.type === 'Finding Withdrawn') return [{ ...each, type: 'Finding Resolved' }];
  const words = JSON.stringify(each.detail).replaceAll('withdrawn', 'resolved');
  return [each.type === eventTypes.changed ? { ...each, detail: JSON.parse(words) } : each];
});

/** Neither a program nor a person hears of one kind of change. */
export const silentAbout = (kind: keyof ClusterChange['counts']) =>
  sending((each) => {
    if (each.type === eventTypes[kind]) return [];
    const { counts = {}, changes = '' } = Object(each.detail);
    if (!counts[kind]) return [each];
    const others = { counts: { ...counts, [kind]: 0 }, changes: changes.replace(`${counts[kind]} ${kind}`, '') };
    return counts[kind] === Object.values(counts).reduce((sum, one) => Number(sum) + Number(one))
      ? []
      : [{ ...each, detail: { ...each.detail, ...others } }];
  });
