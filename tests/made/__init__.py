"""Made clips whose text is known to the frame: acts, each of one phenomenon, and what stream-ocr has to say of them."""
