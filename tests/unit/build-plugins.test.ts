import { expect, test } from 'vitest';
import { minifyWgsl } from '../../scripts/build-plugins.js';

test('minified WGSL keeps its tokens, and loses comments, needless spaces and empty lines', () => {
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
      'struct Shape{',
      'width:u32,',
      '}',
      'fn half(x:u32)-> u32{return x/2u;}fn one()-> u32{return 1u;}',
    ].join('\n'),
  );
});

test.for([
  ['let a = b - -c;', 'let a=b- -c;'],
  ['x = y / *z;', 'x=y/ *z;'],
  ['p = &x; q = &&y;', 'p= &x;q= &&y;'],
  ['var v: array<u32> = f();', 'var v:array<u32> =f();'],
  ['a = b < c && d > (e);', 'a=b < c&&d >(e);'],
  ['word >> (4u * i)', 'word >>(4u*i)'],
  ['x += 1u; y <<= 2u;', 'x+=1u;y <<=2u;'],
  ['if !SHARED { return -x; }', 'if!SHARED{return-x;}'],
])('keeps two tokens apart: %s', ([source = '', minified]) => {
  expect(minifyWgsl(source)).toBe(minified);
});
