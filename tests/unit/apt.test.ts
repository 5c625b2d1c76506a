import { describe, expect, test } from 'vitest';
import { retarget } from '../../scripts/apt.js';

const backports = (sources: string) => retarget(sources, 'bookworm', 'bookworm-backports');

describe('backports come from where the release comes from', () => {
  test('in the stanza format: mirror, key and all other fields are kept', () => {
    const sources = `# Security first.
Types: deb
URIs: https://mirror.example/security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/example.gpg
`;
    expect(backports(sources)).toBe(`Types: deb
URIs: https://mirror.example/debian
Suites: bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/example.gpg`);
  });

  test('in the line format, with and without options', () => {
    const options = '[arch=amd64 signed-by=/usr/share/keyrings/example.gpg]';
    const security = 'deb https://mirror.example/security bookworm-security main';
    for (const start of ['deb', `deb ${options}`]) {
      const line = `${start} https://mirror.example/debian bookworm main contrib`;
      expect(backports(`# deb x bookworm main\n${security}\n${line}\n`)).toBe(
        `${start} https://mirror.example/debian bookworm-backports main contrib`,
      );
    }
  });

  test('a file that does not serve the release gives nothing', () => {
    expect(backports('deb https://mirror.example/tool stable main\n')).toBeUndefined();
    expect(backports('Suites: bookworm-security\n')).toBeUndefined();
  });
});
