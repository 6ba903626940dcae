/** One word for a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** One literal text for PowerShell, in which nothing is expanded. Typographic quotes end a text there too. */
export const powershellText = (text: string): string => `'${text.replaceAll(/['‘’‚‛]/g, (quote) => quote + quote)}'`;

/** One text for TOML. JSON's escapes are TOML's. */
export const tomlText = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007F');
