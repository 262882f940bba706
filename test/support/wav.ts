/** A WAV file of 16-bit linear samples, one channel. */
export function wavOf(samples: Int16Array, rate = 8000): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return wavFile({ tag: 1, channels: 1, rate, bits: 16 }, data);
}

/** A WAV file of any format. */
export function wavFile(format: { tag: number; channels: number; rate: number; bits: number }, data: Buffer): Buffer {
  const { tag, channels, rate, bits } = format;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(tag, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(((rate * channels * bits) / 8) >>> 0, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** A tone. */
export function sine(frequency: number, { rate = 8000, seconds = 1, amplitude = 8000 } = {}): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * index) / rate)),
  );
}

/** How strong a frequency is in samples of 8,000 a second: the amplitude of its sine. */
export function strengthOf(frequency: number, samples: Int16Array): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    const turn = (2 * Math.PI * frequency * index) / 8000;
    real += sample * Math.cos(turn);
    imaginary += sample * Math.sin(turn);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}
