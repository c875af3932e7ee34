// The camera of a phone before a screen.
import jsQR from 'jsqr';

/** What the QR code that this selector finds, in a page or a frame of it, says to a camera. */
export async function scan(page, where, selector) {
  const picture = await (await where.$(selector)).screenshot({ encoding: 'base64' });
  const context = await page.browser().createBrowserContext();
  try {
    const { width, height, pixels } = await (await context.newPage()).evaluate(pixelsOf, picture);
    return jsQR(new Uint8ClampedArray(pixels), width, height)?.data;
  } finally {
    await context.close();
  }
}

// Runs in the page.
async function pixelsOf(picture) {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  return { width, height, pixels: [...canvas.getImageData(0, 0, width, height).data] };
}
