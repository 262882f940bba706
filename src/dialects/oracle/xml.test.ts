import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SbcError } from './errors.ts';
import { printXml, readXml, textOf } from './xml.ts';

function refused(text: string): string {
  try {
    readXml(text, 'a');
  } catch (error) {
    assert.ok(error instanceof SbcError && error.status === 400, String(error));
    return error.message;
  }
  return assert.fail(`was read: ${text.slice(0, 60)}`);
}

describe('reading', () => {
  test('children come as lists, texts as they are', () => {
    const text =
      '<?xml version="1.0" encoding="UTF-8"?>\n<a single="true">\n <b>+1206</b><b/><c><d> 007 </d></c>\n</a>\n';
    assert.deepEqual(readXml(text, 'a'), { b: ['+1206', ''], c: [{ d: ['007'] }] });
  });

  test('stray text and comments between elements are dropped', () => {
    assert.deepEqual(readXml('<a>stray<b>1</b>, more <!-- <b>2</b> --> text</a>', 'a'), { b: ['1'] });
  });

  test('only the five entities of XML and characters by number are known', () => {
    const [text] = readXml('<a><b>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</b></a>', 'a')['b'] ?? [];
    assert.equal(text, '<&>"\'A\u{1f600}');
    for (const entity of [
      '&nbsp;',
      '&lol9;',
      '&#0;',
      '&#xD800;',
      '&#1114112;',
      '&',
      '&amp',
      '&;',
      '&toString;',
      '&__proto__;',
    ])
      assert.match(refused(`<a><b>${entity}</b></a>`), /entity|'&' is not expected/i);
  });

  test('what could define entities or hide elements is refused', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY x "lol">${'<!ENTITY y "&x;&x;&x;&x;">'.repeat(3)}]><a><b>&y;</b></a>`;
    for (const text of [bomb, '<a><![CDATA[<b/>]]></a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><b/></a>'])
      assert.match(refused(text), /Document types, entities and CDATA/);
  });

  test('what is not well-formed, or another document, is refused', () => {
    for (const text of [
      '',
      ' ',
      'plain',
      '<a>',
      '<a><b></a></b>',
      '<a><b></b>',
      '<a><b></c></a>',
      '<a b><c/></a>',
      '<a><b/></a><a><b/></a>',
      '<x><b/></x>',
      '<a/>',
      '<a><!-- open <b/></a>',
      '<a x="<"><b/></a>',
      `<a x=">"><b/></a>`,
      '<a><constructor>1</constructor></a>',
      '<a><__proto__><b/></__proto__></a>',
    ])
      refused(text);
    assert.equal(refused(''), 'request body not found');
  });

  test('nothing costs more than its bytes: deep, wide, and made of angle brackets', () => {
    assert.match(refused('<a>'.repeat(100_000)), /nested deeper/);
    assert.match(refused('<a x="/>">'.repeat(100_000)), /attribute value/);
    assert.match(refused(`<a>${'<b/>'.repeat(100_000)}</a>`), /more than 60000 tags/);
    for (const piece of ['<', '<a ', '<!--', '<!-- -->', '<a x="', '&', '&lt', '<?', '</', ']]>', '-->', '"', '<a\n'])
      assert.ok(refused(piece.repeat(100_000)).length < 200);
  });

  test('a child that may be there once', () => {
    assert.equal(textOf({ b: ['x'] }, 'b'), 'x');
    assert.equal(textOf({}, 'b'), undefined);
    assert.throws(() => textOf({ b: ['x', 'y'] }, 'b'), /more than once/);
    assert.throws(() => textOf({ b: [{ c: ['x'] }] }, 'b'), /elements where text belongs/);
  });
});

test('printing escapes texts, and reading gives them back', () => {
  const tree = { b: ['<&>"\'', ''], c: [{ d: ['x'] }] };
  const text = printXml('a', tree);
  assert.equal(text, "<a><b>&lt;&amp;&gt;&quot;'</b><b/><c><d>x</d></c></a>");
  assert.deepEqual(readXml(text, 'a'), tree);
  assert.equal(printXml('t', { '@single': ['true'], name: ['n'] }), '<t single="true"><name>n</name></t>');
});
