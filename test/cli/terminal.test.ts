import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { Terminal } from '../../server/cli/terminal.ts';

function paper(isTTY: boolean): { text: () => string; stream: Writable & { isTTY: boolean } } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { text: () => text, stream: Object.assign(stream, { isTTY }) };
}

describe('what a command says', () => {
  it('is redrawn on a terminal, and gone when the answer comes', () => {
    const [out, error] = [paper(true), paper(true)];
    const terminal = new Terminal(out.stream, error.stream);
    terminal.progress('reading');
    terminal.progress('counting 1 of 3');
    terminal.progress('counting 2 of 3'); // too soon to be drawn
    terminal.print('3 rows');
    assert.equal(error.text(), '\r\x1b[Kreading\r\x1b[Kcounting 1 of 3\r\x1b[K');
    assert.equal(out.text(), '3 rows\n');
  });

  it('has a bar on a terminal where it is known how much is done, and none elsewhere', () => {
    const [screen, plain] = [paper(true), paper(false)];
    new Terminal(paper(true).stream, screen.stream).progress('50 of 200 rows', 0.25);
    new Terminal(paper(false).stream, plain.stream).progress('50 of 200 rows', 0.25);
    assert.equal(screen.text(), '\r\x1b[K[######------------------]  25 %  50 of 200 rows');
    assert.equal(plain.text(), '50 of 200 rows\n');
  });

  it('is plain lines without one, each new step at once, the same step now and then', () => {
    const [out, error] = [paper(false), paper(false)];
    const terminal = new Terminal(out.stream, error.stream);
    for (let i = 0; i < 100; i++) terminal.progress(`counting ${i} of 100`);
    terminal.progress('writing');
    terminal.complain('it failed');
    terminal.end();
    assert.equal(error.text(), 'counting 0 of 100\nwriting\nit failed\n');
  });
});
