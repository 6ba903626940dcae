import { type LabCall, LabError } from '../../wire/service.ts';
import { Places } from '../places.ts';
import { ssmPage } from './ssm-instances.ts';

interface StoredParameter {
  readonly name: string;
  readonly value: string;
  readonly modifiedAt: number;
}

/** Parameter Store of the lab: plain texts that are written once, and listed one level below a path. */
export class SsmStoredParameters {
  readonly #clock: () => number;
  readonly #parameters = new Places(() => new Map<string, StoredParameter>());

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  put(call: LabCall): object {
    const { Name, Value, Overwrite, Type } = call.input;
    const name = String(Name);
    // Source: AWS Systems Manager API Reference, PutParameter.
    if (!/^(\/[A-Za-z0-9_.-]+){1,15}$/.test(name) || name.length > 1_011)
      throw new LabError('ValidationException', `Parameter name ${name} is not valid`);
    if (Type !== 'String') throw new LabError('UnsupportedParameterType', 'the lab stores texts only');
    if (String(Value).length > 4_096) throw new LabError('ValidationException', 'a standard parameter holds 4 KB');
    const parameters = this.#parameters.of(call);
    if (parameters.has(name) && Overwrite !== true)
      throw new LabError('ParameterAlreadyExists', 'The parameter already exists.');
    parameters.set(name, { name, value: String(Value), modifiedAt: this.#clock() });
    return { Version: 1, Tier: 'Standard' };
  }

  byPath(call: LabCall): object {
    const { Path, MaxResults = 10 } = call.input;
    if (Number(MaxResults) > 10) throw new LabError('ValidationException', 'MaxResults is 10 at most');
    const prefix = `${Path}/`;
    const all = [...this.#parameters.of(call).values()]
      .filter(({ name }) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const { page, next } = ssmPage(all, call.input, 10);
    return {
      Parameters: page.map(({ name, value, modifiedAt }) => ({
        Name: name,
        Value: value,
        Type: 'String',
        LastModifiedDate: modifiedAt / 1_000,
      })),
      ...next,
    };
  }
}
