import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { icon, stylesheet } from '../../src/web/assets.ts';
import { handOffPage } from '../../src/web/pages/index.ts';
import { hoursAndMinutes, waitingTime, when } from '../../src/web/pages/times.ts';
import { makeGallery } from '../browser/gallery.ts';

const GALLERY = makeGallery('https://id.example.com/authorize?a=1&b=2');
const NOW = new Date('2026-03-14T15:09:26Z');
const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe('the pages, as text', () => {
  it('carry the token against forged requests in every form, and the attempt in every form of a sign-in', () => {
    const forms = Object.values(GALLERY).flatMap((page) => page.match(/<form[\s\S]*?<\/form>/g) ?? []);
    assert.notEqual(forms.length, 0);
    for (const form of forms) {
      assert.match(form, /method="post"/);
      assert.match(form, /<input type="hidden" name="csrf" value="token">/);
      if (/action="\/login\/plugin\/(sign-in|approve|deny)"/.test(form))
        assert.match(form, /name="attempt" value="pla_/);
    }
  });

  it('hold no script and no style of their own', () => {
    // But for the one whose names look like that.
    for (const [name, page] of Object.entries(GALLERY).filter(([name]) => !name.startsWith('nasty-markup'))) {
      assert.doesNotMatch(page, /<(script|style)|\s(style|on[a-z]+)=/, name);
    }
  });

  it('spell the code for those who hear it', () => {
    assert.match(String(GALLERY['sign-in']), />B C D F, G H J K</);
  });

  it('ask for the tick only where the request came from elsewhere', () => {
    assert.match(String(GALLERY['approve-elsewhere']), /name="confirmed" value="yes" required/);
    assert.doesNotMatch(String(GALLERY.approve), /name="confirmed"/);
  });

  it('let no name turn the direction of our own words', () => {
    assert.doesNotMatch(Object.values(GALLERY).join(''), /\p{Bidi_Control}/u);
  });

  it('name the device in the button that signs it out', () => {
    assert.match(String(GALLERY.account), /<button>Sign out<span class="unseen"> “STREAM-PC”<\/span><\/button>/);
  });

  it('lead on to the provider without a click, with every parameter', () => {
    assert.match(String(GALLERY['hand-off']), /content="0;url=https:\/\/id\.example\.com\/authorize\?a=1&amp;b=2">/);
  });

  it('lead on to nothing but a page', () => {
    assert.throws(() => handOffPage({ url: 'javascript:alert(1)', providerName: 'Twitch' }), TypeError);
  });

  it('link to a stylesheet whose path follows from its text, within 6 kB', () => {
    assert.match(stylesheet.path, /^\/assets\/telemy-[0-9a-f]{10}\.css$/);
    assert.equal(stylesheet.text, readFileSync('src/web/style.css', 'utf8'));
    assert.equal(stylesheet.text.length < 6000, true);
    for (const page of Object.values(GALLERY)) {
      assert.equal(page.includes(`href="${stylesheet.path}"`) && page.includes(`href="${icon.path}"`), true);
    }
  });
});

describe('times in words', () => {
  const cases: [offset: number, words: string][] = [
    [0, 'just now'],
    [-59 * SECOND, 'just now'],
    [-3 * 60 * SECOND, '3 minutes ago'],
    [-23.9 * HOUR, '23 hours ago'],
    [-25 * HOUR, '1 day ago'],
    [30 * SECOND, 'in less than a minute'],
    [12.4 * 24 * HOUR, 'in 12 days'],
    [-400 * 24 * HOUR, '1 year ago'],
  ];
  for (const [offset, words] of cases) {
    it(`${offset / SECOND} s from now is ${words}`, () => {
      const time = new Date(NOW.getTime() + offset);
      assert.equal(String(when(time, NOW)), `<time datetime="${time.toISOString()}">${words}</time>`);
    });
  }

  it('rounds so that what was used and what is left make what there was', () => {
    assert.equal(hoursAndMinutes(3601, 'up'), '1 hour, 1 minute');
    assert.equal(hoursAndMinutes(7200 - 3601, 'down'), '59 minutes');
    assert.equal(hoursAndMinutes(0, 'up'), '0 minutes');
  });

  it('never tells to wait for less than is needed', () => {
    assert.equal(waitingTime(0.2), '1 second');
    assert.equal(waitingTime(90), '90 seconds');
    assert.equal(waitingTime(121), '3 minutes');
  });
});
