"""Cópia de arquivos: any files and folders of the machine into one backup."""
