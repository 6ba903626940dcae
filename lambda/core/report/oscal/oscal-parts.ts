import { createHash } from 'node:crypto';
import { productName } from '../../../contract/names.ts';
import { homepage, version } from '../../../contract/version.ts';
import type { Control } from '../../judge/control.ts';
import type { Problem } from '../../model/model.ts';
import { plain } from '../not-looked-at.ts';
import { controlNumber } from '../report.ts';

/** The UUIDs of one result: of its own parts and of what they name. */
export type IdOf = (...parts: readonly string[]) => string;

/** The namespace of this program's UUIDs: a random one, for good. */
const uuidNamespace = Buffer.from('6f1d1c0b7a2e4a1f9a5d3c2b8e7f6a54', 'hex');

/** A UUID of version 5 (RFC 9562, 5.5) of these parts, in this order: the same parts give the same UUID in every report. */
export function uuid5(...parts: readonly string[]): string {
  const hash = createHash('sha1').update(uuidNamespace).update(JSON.stringify(parts)).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The namespace of this program's properties and facets. Without a page of its own it is a URN that nobody else can own: a UUID's. */
export const namespaceOf = (page: string | undefined): string =>
  page === undefined
    ? `urn:uuid:${uuid5(productName, 'ns', 'oscal')}`
    : `${page.replace(/#.*/, '').replace(/\/$/, '')}/ns/oscal`;

export const oscalNamespace = namespaceOf(homepage);

/** Text and nothing else in OSCAL's markup, which is read by programs that know HTML: what means something to Markdown or HTML is an entity. */
export const markupLine = (words: string): string =>
  plain(words)
    .replace(/[\\`*_{}[\]()<>#+!|~&$@]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/(https?|ftp|www)(?=[:.])/gi, '$1&#8203;');

/** One line of markup that is not empty. */
export const line = (text: string): string => markupLine(text) || '(none)';

/** A time with its zone; texts that are no time stay as they are, and no schema takes them. */
export const utc = (time: string): string => (Number.isNaN(Date.parse(time)) ? time : new Date(time).toISOString());

/** Arrays of OSCAL have at least one member, or are not there. */
export const some = <T>(all: readonly T[]): readonly T[] | undefined => (all.length > 0 ? all : undefined);

/** A value of a node as OSCAL takes it: one line that is not blank. */
export const property = (name: string, value: string, group?: string) => ({
  name,
  ns: oscalNamespace,
  value: plain(value) || '(none)',
  class: group,
});

export const titleOf = (control: Control, benchmark: string): string =>
  line([controlNumber(control, benchmark), control.slug].filter(Boolean).join(' '));

/** The tool, and the platform that OSCAL demands around it. */
export const assessmentAssets = (id: IdOf) => ({
  'assessment-assets': {
    components: [
      {
        uuid: id('tool'),
        type: 'software',
        title: productName,
        description: 'Reads the configuration of kubelets and judges it.',
        props: [property('version', version)],
        status: { state: 'operational' },
      },
    ],
    'assessment-platforms': [
      { uuid: id('platform'), title: productName, 'uses-components': [{ 'component-uuid': id('tool') }] },
    ],
  },
});

export const originOf = (id: IdOf) => ({ actors: [{ type: 'tool', 'actor-uuid': id('tool') }] });

/** The controls that were looked at; all of the catalogue only where none is named. */
export const reviewedControls = (controls: readonly Pick<Control, 'slug'>[], remarks?: string) => ({
  'control-selections': [
    {
      ...(controls.length > 0
        ? { 'include-controls': controls.map(({ slug }) => ({ 'control-id': slug })) }
        : { 'include-all': {} }),
      remarks,
    },
  ],
});

/** What could not be read, one observation each: a gap is never silent. */
export const problemObservations = (
  problems: readonly Pick<Problem, 'code' | 'message' | 'remedy'>[],
  id: IdOf,
  start: string,
) =>
  problems.map(({ code, message, remedy }, index) => ({
    uuid: id('problem', `${index}`, code),
    title: line(code),
    description: `${markupLine(message)}\n\n${markupLine(remedy)}`,
    methods: ['EXAMINE'],
    types: ['discovery'],
    origins: [originOf(id)],
    collected: start,
  }));
