/** What a rule gives its target in place of the event. */
export interface InputTransformer {
  /** `$.detail.cluster`, by the name that the template uses. */
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** Each `<name>` of the template is what the event has at its path: within quotes as it is, outside of them as JSON. */
export const transformed = ({ InputPathsMap, InputTemplate }: InputTransformer, event: object): string =>
  InputTemplate.replaceAll(/<([\w-]+)>/g, (_, name: string, at: number) => {
    const path = InputPathsMap[name]?.split('.').slice(1) ?? [];
    const value = path.reduce<unknown>((within, key) => Object(within)[key], event) ?? '';
    const isQuoted = (InputTemplate.slice(0, at).match(/(?<!\\)"/g) ?? []).length % 2 === 1;
    return isQuoted ? String(value) : JSON.stringify(value);
  });
