import { expect, test } from 'vitest';
import { minifyWgsl } from '../../scripts/build-plugins.js';

test('minified WGSL keeps its tokens, and loses comments, indentation and empty lines', () => {
  const source = `// Head.

struct Shape {
  width: u32,    // pixels
}
/* Two
   lines */
fn half(x: u32) -> u32 { return x / 2u; }/**/fn one() -> u32 { return 1u; }
`;
  expect(minifyWgsl(source)).toBe(
    [
      'struct Shape {',
      'width: u32,',
      '}',
      'fn half(x: u32) -> u32 { return x / 2u; } fn one() -> u32 { return 1u; }',
    ].join('\n'),
  );
});
