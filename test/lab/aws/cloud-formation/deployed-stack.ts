export interface StackResource {
  readonly id: string;
  readonly type: string;
  /** As in the template, references and all. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface DeployedStack {
  /** Those whose condition holds. */
  resources(type: string): readonly StackResource[];
  /** A value of the template with every reference replaced. Throws at one that the lab does not know. */
  resolve(value: unknown): unknown;
  refOf(resource: StackResource): string;
  arnOf(resource: StackResource): string;
}
