import manifest from '../../package.json' with { type: 'json' };

/** Of this program, as its reports name it. */
export const { version } = manifest;
