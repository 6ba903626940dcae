import { describe, expect, it } from 'vitest';
import {
  type ClusterRole,
  isRelevant,
  type LabelSelector,
  reachingRoles,
} from '../../../../lambda/core/read/rbac/reaching-roles.ts';

type Rule = ClusterRole['rules'][number];
const rule = (change: Partial<Rule> = {}): Rule => {
  return { verbs: ['get'], apiGroups: [''], resources: ['nodes/proxy'], resourceNames: [], ...change };
};
const role = (name: string, change: Partial<ClusterRole> = {}) => ({ name, labels: {}, rules: [], ...change });
const labelled = (matchLabels: LabelSelector['matchLabels']): LabelSelector => ({ matchLabels, matchExpressions: [] });
type Expression = LabelSelector['matchExpressions'][number];
const expression = (key: string, operator: Expression['operator'], ...values: readonly string[]): Expression => {
  return { key, operator, values };
};
const expressed = (...expressions: readonly Expression[]) => ({ matchLabels: {}, matchExpressions: expressions });
const reaching = (...roles: readonly ClusterRole[]) => Object.fromEntries(reachingRoles(roles));

describe('how a role reaches nodes/proxy, in words', () => {
  it.each<[readonly Rule[], string | undefined]>([
    [[rule()], 'get on nodes/proxy'],
    [[rule({ verbs: ['create', 'list', 'get'] })], 'get, create on nodes/proxy'],
    [[rule({ verbs: ['*'] })], 'every verb on nodes/proxy'],
    [[rule(), rule({ verbs: ['*'] })], 'every verb on nodes/proxy'],
    [[rule(), rule({ verbs: ['get', 'delete'] })], 'get, delete on nodes/proxy'],
    [[rule({ resourceNames: ['a'] })], 'get on nodes/proxy of 1 node'],
    [[rule({ resourceNames: ['a', 'b'] }), rule({ resourceNames: ['b', 'c'] })], 'get on nodes/proxy of 3 nodes'],
    // One rule without names is for all of them.
    [[rule({ resourceNames: ['a'] }), rule({ verbs: ['patch'] })], 'get, patch on nodes/proxy'],
    // Names of a rule that does not reach it are of something else.
    [[rule({ resourceNames: ['a'] }), rule({ resources: ['pods'] })], 'get on nodes/proxy of 1 node'],
    [[rule({ verbs: ['list'] })], undefined],
    [[], undefined],
  ])('%j: %s', (rules, words) => {
    expect(reachingRoles([role('debug', { rules })]).get('debug')).toBe(words);
  });

  it('names the role whose rules it has, and says the rest of a long chain once', () => {
    const top = role('top', { aggregates: [labelled({ tier: 'middle' })] });
    const middle = role('middle', { aggregates: [labelled({ tier: 'leaf' })], labels: { tier: 'middle' } });
    const leaf = role('leaf', { rules: [rule({ verbs: ['*'] })], labels: { tier: 'leaf' } });

    expect(reaching(top, middle, leaf)).toEqual({
      leaf: 'every verb on nodes/proxy',
      middle: 'every verb on nodes/proxy, from ClusterRole leaf',
      top: 'every verb on nodes/proxy, from ClusterRole middle',
    });
  });

  const selectsLeaf = [labelled({ tier: 'leaf' })];
  it('names the rules of a role that aggregates where none that it selects has them', () => {
    const gone = [labelled({ tier: 'gone' })];
    const stale = role('stale', { rules: [rule()], aggregates: gone, labels: { tier: 'leaf' } });

    const words = { stale: 'get on nodes/proxy', above: 'get on nodes/proxy, from ClusterRole stale' };
    expect(reaching(role('above', { aggregates: selectsLeaf }), stale)).toEqual(words);
  });

  it('names only the rules that a role selects, where it has rules of its own too', () => {
    const both = role('both', { rules: [rule({ verbs: ['*'] })], aggregates: selectsLeaf });
    const leaf = role('leaf', { rules: [rule()], labels: { tier: 'leaf' } });

    const words = { leaf: 'get on nodes/proxy', both: 'get on nodes/proxy, from ClusterRole leaf' };
    expect(reaching(both, leaf)).toEqual(words);
  });
});

describe('a selector', () => {
  const leaf = (labels: ClusterRole['labels']) => role('leaf', { rules: [rule()], labels });
  const selects = (selector: LabelSelector, labels: ClusterRole['labels']): boolean =>
    reachingRoles([role('top', { aggregates: [selector] }), leaf(labels)]).has('top');

  it.each<[string, LabelSelector, boolean]>([
    ['an empty one', labelled({}), true],
    ['its label', labelled({ tier: 'leaf' }), true],
    ['both of its labels', labelled({ tier: 'leaf', team: 'ops' }), true],
    ['one label of two', labelled({ tier: 'leaf', team: 'dev' }), false],
    ['a label of another value', labelled({ tier: 'top' }), false],
    ['a label that is not there', labelled({ zone: 'a' }), false],
    // A name that every object of JavaScript has.
    ['a label that only a prototype has', expressed(expression('constructor', 'Exists')), false],
    ['in a list', expressed(expression('tier', 'In', 'leaf', 'x')), true],
    ['not in a list', expressed(expression('tier', 'In', 'x')), false],
    ['in a list, absent', expressed(expression('zone', 'In', 'x')), false],
    ['outside of a list', expressed(expression('tier', 'NotIn', 'x')), true],
    ['not outside of a list', expressed(expression('tier', 'NotIn', 'leaf')), false],
    ['outside of a list, absent', expressed(expression('zone', 'NotIn', 'x')), true],
    ['there', expressed(expression('tier', 'Exists')), true],
    ['not there', expressed(expression('zone', 'Exists')), false],
    ['absent', expressed(expression('zone', 'DoesNotExist')), true],
    ['not absent', expressed(expression('tier', 'DoesNotExist')), false],
    ['one of two', expressed(expression('tier', 'Exists'), expression('team', 'DoesNotExist')), false],
    ['the label alone', { ...labelled({ tier: 'leaf' }), matchExpressions: [expression('zone', 'Exists')] }, false],
  ])('%s', (_, selector, expected) => {
    expect(selects(selector, { tier: 'leaf', team: 'ops' })).toBe(expected);
  });

  it('of several is enough', () => {
    const top = role('top', { aggregates: [labelled({ tier: 'x' }), labelled({ tier: 'leaf' })] });

    expect(reachingRoles([top, leaf({ tier: 'leaf' })]).has('top')).toBe(true);
    expect(reachingRoles([role('top', { aggregates: [] }), leaf({})]).has('top')).toBe(false);
  });
});

describe('what of a cluster’s roles is kept', () => {
  it.each<[string, ClusterRole, boolean]>([
    ['one that reaches nodes/proxy', role('a', { rules: [rule({ resources: ['pods'] }), rule()] }), true],
    ['one that aggregates, by whatever it has now', role('b', { aggregates: [] }), true],
    ['one that does neither', role('c', { rules: [rule({ resources: ['pods'] })] }), false],
    ['one without rules', role('d'), false],
  ])('%s', (_, each, expected) => {
    expect(isRelevant(each)).toBe(expected);
  });
});
