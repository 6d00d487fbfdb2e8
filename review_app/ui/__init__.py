"""What people see: pages that read one thing through `actions`, show it, and act on a click.

No page thinks. `session` is the only module that touches Streamlit's session state. Foreign text never reaches a
Streamlit label or `st.markdown`, both of which would load remote images; it goes to `st.text`, a data frame, or the
review pane, which builds it from safe pieces.
"""
