"""`python -m stream_ocr` is `stream-ocr`."""

from stream_ocr.cli import main

if __name__ == "__main__":
    main()
