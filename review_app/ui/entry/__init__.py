"""The entry script stands alone in its folder, for two reasons of Streamlit's: a folder `pages` beside it would be taken
for its older scheme, which runs those files as pages; and the script's folder is put first on the import path."""
